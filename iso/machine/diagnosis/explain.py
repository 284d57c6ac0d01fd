"""Says in words how a machine died: explain(machine) for one that has ended, stands or hangs.

A triple fault (Intel SDM Vol. 3A, 6.15, Interrupt 8: an exception while the double fault is delivered) leaves no handler to
tell. So the log is followed back to the first exception that could not be delivered, and the processor's own checks are made
again on the tables as they stand in memory: delivery.py says which failed, faults.py why the exception arose at all.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import List, Optional, Tuple, Union

from ..endings import End, Ending
from .delivery import Failure, failure_of
from .events import Event
from .faults import Fault, fault_of
from .hangs import explain_hang, explain_reset, never_reached
from .mistakes import RECURSIONS, Evidence
from ..processor import HAS_ERROR_CODE, Gate, NoMemory, NotMapped
from .report import Exception_, Explanation, exception_of, name_of, short_name
from .scene import Scene, scene_of
from ..symbols import is_linked, layout, place, segments, stack_of
from .unseen import failure_by_log

PANIC = re.compile(r"^KERNEL PANIC(?:: | within a report: )", re.MULTILINE)  # how the kernel's report begins
NOT_ITS_OWN = ("exception", "wild-jump", "unknown")  # causes of a fault that say nothing about the tables
ALWAYS_SET, NEVER_SET = 0x2, 0xFFC0802A  # of EFLAGS: bit 1, and it and the reserved ones (Intel SDM Vol. 1, 3.4.3)
LOST_AFTER = 0x10000  # bytes that the processor may go on in what is no code
BEFORE_ALL = ("cr3-not-memory", "large-page-without-pse", "code-not-mapped")  # then nothing is where it was


def explain(machine, kernel: Optional[Path] = None, end: Optional[End] = None) -> Optional[Explanation]:
    """How this machine died, or None when there is nothing to explain. kernel: the ELF file with the symbols. end: where the
    machine itself does not know it, as when its time was over."""
    if machine.end is not None and machine.end.ending in (Ending.POWER_OFF, Ending.CLOSED):
        return None
    return explain_scene(scene_of(machine, kernel, end))


def explain_scene(scene: Scene) -> Optional[Explanation]:
    if scene.ending is Ending.TRIPLE_FAULT or scene.ending is None and scene.log.triple_fault:
        return _triple_fault(scene)
    if PANIC.search(scene.serial):
        return _panic(scene)
    if scene.ending is Ending.EMULATOR_DIED:
        return _emulator_died(scene)
    unreached = never_reached(scene)
    if unreached is not None:
        return unreached
    if scene.ending is Ending.RESET:
        return explain_reset(scene)
    return explain_hang(scene)


def describe(exception: Exception_) -> str:
    """ "#PF page fault (error code 0x2, CR2 = ...) in ring 0 at 0010014a, f (file:12)"."""
    details = [] if exception.error_code is None else [f"error code {exception.error_code:#x}"]
    if exception.cr2 is not None:
        details.append(f"CR2 = {exception.cr2:08x}")
    words = exception.name + (f" ({', '.join(details)})" if details else "")
    if exception.eip is not None:
        words += f" in ring {exception.cpl} at {exception.eip:08x}, {exception.place}"
    return words


# --- Triple faults ---


def _failure(scene: Scene, index: int) -> Optional[Failure]:
    """Why the event could not be delivered: by its tables, or if those are not at hand by what the log has next."""
    events, event = scene.log.events, scene.log.events[index]
    processor = scene.at_event(event)
    has_code = event.kind == "exception" and event.vector in HAS_ERROR_CODE
    raised = events[index + 1] if index + 1 < len(events) else None
    if processor is None:
        return None
    try:
        return failure_of(processor, event.vector, event.kind, has_code, scene.kernel)
    except NoMemory:
        return failure_by_log(event, processor.registers, raised)


def _first(scene: Scene) -> int:
    """The index of the first event of the chain that ended in the triple fault."""
    events = scene.log.events
    index = len(events) - 1
    while index > 0 and events[index].nested:
        index -= 1
    # QEMU doesn't call what was raised during an interrupt or a benign exception nested: the same place tells.
    if index > 0 and events[index].same_place(events[index - 1]) and not events[index - 1].nested:
        failure, raised = _failure(scene, index - 1), events[index]
        if failure is not None and not failure.delivered and failure.raises == raised.vector:
            if raised.vector != 14 or raised.registers is None or raised.registers.cr2 == failure.cr2:
                index -= 1
    return index


def _recursion(events: List[Event], index: int) -> int:
    """Where a series began in which each exception arose in the handler of the one before: esp sinks. Else index."""
    start = index
    while start > 0 and all(e.kind == "exception" and e.registers is not None for e in events[start - 1 : start + 1]):
        before, here = events[start - 1].registers, events[start].registers
        if not 0 < before.esp - here.esp < 4096 or before.cs & 3:
            break
        start -= 1
    return start if index - start >= 3 else index


def _row_before(events: List[Event], index: int) -> str:
    """Bochs' log has no registers before the last instruction. But the same exception many times in a row says enough, before
    those like the last one that ended it."""
    end = index
    while end > 0 and events[end - 1].vector == events[index].vector:
        end -= 1
    start = end
    while start > 0 and events[start - 1].registers is None and events[start - 1].vector == events[end - 1].vector:
        start -= 1
    if end - start < 3 or events[start].kind != "exception":
        return ""
    name = short_name(events[start].vector, events[start].error_code)
    return f" Before it {name} came {end - start} times in a row, as it does when each arises in the handler of the one before."


def _row_on_stack(scene: Scene, event: Event) -> str:
    """The same for a log that has the last exception only, as Bochs': of the others the interrupt frames lie on the stack, as
    the kernel's stubs fill them up: vector, error code, eip, cs, eflags."""
    processor, stack = scene.at_event(event), stack_of(scene.kernel, event.registers.esp)
    if processor is None or stack is None:
        return ""
    try:
        words = [processor.word(address) for address in range(*stack, 4)]
    except (NoMemory, NotMapped):
        return ""
    frames = [words[at : at + 3] for at in range(len(words) - 4)
              if words[at] < 32 and words[at + 3] == layout().KERNEL_CODE and words[at + 4] & NEVER_SET == ALWAYS_SET]  # fmt: skip
    if len(frames) < RECURSIONS:
        return ""
    vector, error_code, eip = frames[-1]  # the highest is the oldest
    name = short_name(vector, error_code if vector in HAS_ERROR_CODE else None)
    return (f" The stack is full of interrupt frames, {len(frames)} of them: each exception arose in the handler of the one before."
            f" The first was {name} at {eip:08x}, {place(scene.kernel, eip)}.")  # fmt: skip


def _handler_lost(event: Event, following: Event) -> bool:
    """Whether the second is the page fault at the first instruction of the first one's handler."""
    registers = following.registers
    return following.vector == 14 and registers is not None and registers.cr2 == registers.eip != event.registers.eip


def _lost_handler(scene: Scene, fetch: Event) -> Failure:
    """`fetch`: the page fault at the handler's first instruction. By then the tables may be overwritten: each new page fault
    is delivered to a handler that is not there, until the frames on the stack meet something that matters."""
    words = f"the first instruction of its handler at {fetch.registers.eip:08x} could not be fetched"
    fault = _fault(scene, fetch)
    return Failure("handler-not-mapped", words + (f": {fault.words}" if fault.words else ""), 14, evidence=fault.evidence, delivered=True)


def _astray(scene: Scene, event: Event) -> Optional[Explanation]:
    """Where the event's gate leads to an address at which the kernel has nothing, and the processor executes what lies there:
    its faults are delivered there again, each deeper on the stack, until something that matters is overwritten."""
    processor = scene.at_event(event)
    if processor is None or processor.cpl or not segments(scene.kernel) or is_linked(scene.kernel, processor.registers.eip):
        return None
    if event.vector == 14 and processor.registers.cr2 == processor.registers.eip:
        return None  # nothing is there, and nothing was executed
    base = processor.registers.idt_base  # the page tables may be overwritten by now: read where the kernel was loaded
    loaded = next((base - one.linked + one.physical for one in segments(scene.kernel) if 0 <= base - one.linked < one.size), None)
    try:
        gate = Gate(int.from_bytes(scene.read_physical(loaded + 8 * event.vector, 8), "little")) if loaded else processor.gate(event.vector)
    except (NoMemory, NotMapped):
        return None
    if not gate.present or is_linked(scene.kernel, gate.offset) or not 0 <= processor.registers.eip - gate.offset < LOST_AFTER:
        return None
    exception = exception_of(scene, event)
    sentence = (f"Triple fault: the gate of vector {event.vector:#x} leads to {gate.offset:08x}, where the kernel has nothing. The processor"
                f" executed what lies there, and its faults led there again, until one could not be delivered: {describe(exception)}.")  # fmt: skip
    return Explanation("triple-fault", sentence, "gate-offset", exception, "The processor shut down.",
                       [f"gate {event.vector:#x}: {gate}"], ("gate-offset",))  # fmt: skip


def _triple_fault(scene: Scene) -> Explanation:
    events = scene.log.events
    if not events:
        at = f" at {scene.registers.eip:08x}, {place(scene.kernel, scene.registers.eip)}" if scene.registers else ""
        return Explanation("triple-fault", f"The machine shut down with a triple fault{at}; the log has no exceptions.")
    last = _first(scene)
    index = _recursion(events, last)
    recursive = index != last
    if index + 1 < len(events) and _handler_lost(events[index], events[index + 1]):
        recursive = False
    elif recursive and index > 0 and events[index].registers.cr2 == events[index].registers.eip:
        index, recursive = index - 1, False
    event = events[index]
    exception = exception_of(scene, event)
    failure = _failure(scene, index)
    fault = _fault(scene, event)
    rest = events[index + 1 :]
    astray = _astray(scene, events[last])
    if astray:
        return astray
    if recursive:
        return _recursive(scene, events[index : last + 1], exception, fault, _failure(scene, last))
    if rest and _handler_lost(event, rest[0]):
        failure = _lost_handler(scene, rest[0])
    cause, evidence, chosen = _choose(event, failure, fault)
    evidence = evidence + _disagreement(failure, rest)
    sentence = f"Triple fault: {describe(exception)}, could not be delivered: "
    sentence += (failure.words if failure else "the tables as they are now do not show why") + "."
    if fault.words:
        sentence += f" The fault itself: {fault.words}."
    row = _row_before(events, index)
    if not row and cause == "kernel-stack-overflow":
        row = _row_on_stack(scene, event)
    sentence += row
    if row and cause == "kernel-stack-overflow":
        cause = "recursive-exception"
    if cause == "pic-not-remapped":
        sentence += f" Vector {event.vector} is the processor's own ({name_of(event.vector, 'exception')})."
    mistakes = _mistakes(scene, event, cause, chosen, events[:index])
    return Explanation("triple-fault", sentence, cause, exception, _then(rest),
                       evidence + ["Bochs: " + line for line in scene.log.messages], mistakes)  # fmt: skip


def _fault(scene: Scene, event: Event) -> Fault:
    processor = scene.at_event(event)
    if event.kind != "exception" or processor is None:
        return Fault("unknown")
    try:
        return fault_of(processor, event, scene.kernel)
    except NoMemory:
        return Fault("unknown")


def _choose(event: Event, failure: Optional[Failure], fault: Fault) -> Tuple[str, List[str], Union[Failure, Fault, None]]:
    """The cause to name, the evidence, and whose they are: the delivery's, unless what came before explains it."""
    delivery = failure.evidence if failure else []
    if event.kind == "interrupt" and 8 <= event.vector < 16 and (failure is None or failure.cause != "interrupts-before-idt"):
        return "pic-not-remapped", delivery, None
    if fault.cause in BEFORE_ALL and event.vector == 14:
        return fault.cause, fault.evidence + delivery, fault
    nobody = failure is None or failure.cause == "idt-not-loaded"
    if nobody and fault.cause not in NOT_ITS_OWN:
        return fault.cause, fault.evidence + delivery, fault
    if failure is None:
        return "unknown", fault.evidence, None
    return failure.cause, delivery + fault.evidence, failure


def _mistakes(scene: Scene, event: Event, cause: str, of, before: List[Event]) -> Optional[Tuple[str, ...]]:
    """What this cause comes from. of: the failure or fault that was found, or None."""
    processor = scene.at_event(event)
    if processor is None or of is None:
        return None
    if isinstance(of, Fault) and of.cause == cause and of.mistakes is not None:
        return of.mistakes
    cr2 = of.cr2 if isinstance(of, Failure) else processor.registers.cr2
    return Evidence(processor, scene.kernel, event.vector, before).named(cause, cr2)


def _disagreement(failure: Optional[Failure], rest: List[Event]) -> List[str]:
    """Where the log has another exception than the one that our checks foresee: a reader should know."""
    if failure is None or failure.delivered or not rest or rest[0].vector == 8:
        return []
    raised, expected = rest[0], failure.error_code
    same_code = expected is None or raised.error_code is None or raised.error_code & ~1 == expected & ~1  # bit 0: EXT
    if raised.vector == failure.raises and same_code:
        return []
    return [f"the log disagrees: {short_name(raised.vector, raised.error_code)} came, not {short_name(failure.raises, expected)}"]


def _then(rest: List[Event]) -> str:
    """What the processor tried after the first failure."""
    names = [short_name(event.vector, event.error_code) for event in rest[:4]]
    if not names:
        return "The processor could not deliver what came instead, and shut down."
    return f"The processor then raised {', then '.join(names)}; that failed too, and it shut down."


def _recursive(scene: Scene, series: List[Event], exception: Exception_, fault: Fault, failure: Optional[Failure]) -> Explanation:
    cut = scene.log.cut and series[0] is scene.log.events[0]  # those before are not known
    sentence = f"Triple fault: {describe(exception)}, was delivered, but its handler raised exceptions itself, "
    sentence += f"{'at least ' if cut else ''}{len(series)} times, each deeper on the stack, until the last one could not be "
    sentence += f"delivered: {failure.words if failure else '?'}."
    if fault.words:
        sentence += f" The {'oldest fault that is known' if cut else 'first fault'}: {fault.words}."
    second = exception_of(scene, series[1])
    evidence = [f"in the handler: {describe(second)}"] + fault.evidence
    # A report that is written to a screen that is not there can only fault too: the first fault says it all.
    cause = fault.cause if fault.cause in (*BEFORE_ALL, "vga-not-mapped") else "recursive-exception"
    mistakes = _mistakes(scene, series[0], cause, fault, [])
    return Explanation("triple-fault", sentence, cause, exception, "The processor shut down.", evidence, mistakes)


# --- The kernel's own panics ---

REGISTER = re.compile(r"\b(e[a-z]{2}|[c-gs]s|eflags) +(?:0x)?([0-9a-f]{4,8})\b")


def _panic(scene: Scene) -> Explanation:
    """The report tells what was seen; here is what led to it, as far as the machine as it stands shows that."""
    *_, last = PANIC.finditer(scene.serial)
    said, _, report = scene.serial[last.start() :].partition("\n")
    sentence = f"The kernel stopped itself. Its report is on the console, from the line: {said}"
    if said.startswith("KERNEL PANIC: an interrupt came as vector"):
        return _panic_at_interrupt(scene, sentence)
    event = _reported(scene, said, report)
    if event is None or scene.registers is None:
        return Explanation("panic", sentence, "panic")
    fault = _fault(scene, event)
    if fault.words:
        sentence += f". The fault itself: {fault.words}."
    cause = fault.cause if fault.cause not in ("exception", "unknown") else "panic"
    return Explanation("panic", sentence, cause, mistakes=_mistakes(scene, event, fault.cause, fault, []))


def _reported(scene: Scene, said: str, report: str) -> Optional[Event]:
    """The exception that a report is about: the log's, with all registers, or else with those that the report has."""
    within = re.search(r"within a report: .* at 0x([0-9a-f]{8})", said)
    if within is None and not said.endswith("an exception in the kernel"):
        return None
    found = within or re.search(r"at eip +0x([0-9a-f]{8})", report)
    if found is None:
        return None
    eip = int(found[1], 16)
    for event in reversed(scene.log.events):
        if event.kind == "exception" and event.registers is not None and event.registers.eip == eip:
            return event
    vector, registers = re.search(r", vector (\d+),", report), re.findall(REGISTER, report)
    if scene.registers is None or vector is None:
        return None
    values = {**vars(scene.registers), **{name: int(value, 16) for name, value in registers}, "eip": eip, "cs_base": 0}
    cr2, code = re.search(r"address +0x([0-9A-Fa-f]{8})", report), re.search(r"error code (0x[0-9a-f]+|0)", report)
    values["cr2"] = int(cr2[1], 16) if cr2 else values["cr2"]
    return Event(int(vector[1]), "exception", int(code[1], 16) if code else None, SimpleNamespace(**values))


def _panic_at_interrupt(scene: Scene, sentence: str) -> Explanation:
    """Whether a device or an instruction sent it is in the emulator's log."""
    vector = int(re.search(r"as vector (\d+)", sentence)[1])
    last = next((event for event in reversed(scene.log.events) if event.vector == vector), None)
    if last is None or last.kind == "exception":
        return Explanation("panic", sentence, "panic")
    if last.kind == "interrupt":
        return Explanation("panic", f"{sentence}. A device sent it, through the interrupt controller.", "pic-not-remapped")
    return Explanation("panic", f"{sentence}. A program's instruction `int {vector}` sent it.", "panic", mistakes=("gate-dpl-3",))


def _emulator_died(scene: Scene) -> Optional[Explanation]:
    """QEMU 7.2 aborts where the processor would raise #TS, and refuses a kernel without a Multiboot header."""
    if "PVH ELF Note" in scene.detail or "invalid kernel" in scene.detail:
        return Explanation("never-reached-kernel", "QEMU finds no Multiboot header in the kernel's file.", "no-multiboot-header")
    if "invalid tss" not in scene.detail or scene.registers is None:
        return None
    tr = scene.registers.tr
    cause = "tss-missing" if tr == 0 else "tss-type"
    events = scene.log.events
    exception = exception_of(scene, events[-1]) if events else None
    what = describe(exception) if exception else "an interrupt"
    why = "none was loaded: TR is 0" if tr == 0 else f"TR's selector {tr:#x} is none"
    sentence = f"QEMU gave up ('invalid tss type'): {what}, could not be delivered: the stack for it is named in the TSS, and {why}."
    return Explanation("triple-fault", sentence, cause, exception, "A processor would raise #TS, then #DF, and shut down.",
                       [f"TR: selector {tr:#x}, base {scene.registers.tr_base:08x}, limit {scene.registers.tr_limit:#x}"])  # fmt: skip
