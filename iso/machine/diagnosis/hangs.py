"""Hangs, resets, and machines that never came to the kernel."""

from __future__ import annotations

import re
import struct
from typing import Optional, Tuple

from ..endings import Ending
from .controllers import served
from .events import Event, repeated
from .faults import Fault, fault_of
from ..processor import INTERRUPT_FLAG, NoMemory, NotMapped
from .report import Exception_, Explanation, exception_of, name_of
from .scene import Scene
from ..symbols import function_and_line, layout, place, segments

KERNEL_LINE = re.compile(r"^\[(debug|info |warn |error)", re.MULTILINE)
PORTS = {0x64: "reset-by-keyboard-controller", 0xCF9: "reset-by-port-cf9"}


def never_reached(scene: Scene) -> Optional[Explanation]:
    """For a machine that has not printed one line of the kernel's, and whose processor is not in its code."""
    registers = scene.registers
    if KERNEL_LINE.search(scene.serial) or registers is None or scene.in_kernel(registers.eip):
        return None
    if any(event.registers is not None and scene.in_kernel(event.registers.eip) for event in scene.log.events[-50:]):
        return None
    if registers.cr0 >> 31:  # neither BIOS nor GRUB turns paging on
        return None
    # GRUB's list of all partition modules names those that an ISO has no use for.
    screen = [line for line in scene.screen if line and not ("part_" in line and ".mod" in line)]
    text = "\n".join(screen).lower()
    cause = "stuck-in-bios"
    if "no multiboot header" in text:
        cause = "no-multiboot-header"
    elif "error:" in text:
        cause = "grub-error"
    elif "grub" in text or "booting `" in text:
        cause = "stuck-in-grub"
    where = place(scene.kernel, registers.eip)
    error = next((line.strip() for line in screen if "error" in line.lower()), "")
    mistakes = ("load-address",) if cause == "grub-error" and _loaded_where_no_memory_is(scene) else None
    said = f' On the screen: "{error}".' if error else ""
    sentence = f"The kernel was never reached: the processor is at {registers.eip:08x}, {where}.{said}"
    evidence = ["screen: " + line for line in screen[-8:]]
    return Explanation("never-reached-kernel", sentence, cause, evidence=evidence, mistakes=mistakes)


def _loaded_where_no_memory_is(scene: Scene) -> bool:
    size = scene.memory_size
    return size is not None and any(one.physical + one.size > size for one in segments(scene.kernel))


def _loop(scene: Scene) -> Tuple[str, str]:
    """What the processor does in its loop: cause and words."""
    registers = scene.registers
    off = not registers.eflags & INTERRUPT_FLAG
    state = "off" if off else "on"
    if registers.halted:
        if off and function_and_line(scene.kernel, registers.eip)[0] == "stop_machine":
            return "stopped-itself", "the kernel has stopped itself, as after a panic, but has printed no report"
        return ("halted-interrupts-off" if off else "spin"), f"the processor has halted with interrupts {state}"
    try:
        code = scene.at(registers).read(registers.cs_base + registers.eip, 5)
    except (NotMapped, NoMemory):
        code = b""
    if code[:2] == b"\xeb\xfe" or code == b"\xe9\xfb\xff\xff\xff":
        return ("jump-to-self" if off else "spin"), f"the processor jumps to the same instruction forever, interrupts {state}"
    return ("spin-interrupts-off" if off else "spin"), f"the processor goes round in a loop with interrupts {state}"


def explain_hang(scene: Scene) -> Optional[Explanation]:
    registers, events = scene.registers, scene.log.events
    if registers is None:
        return None
    again = repeated(events)
    if again is not None:
        exception, fault = _exception(scene, again)
        sentence = f"Hang: {exception.name} at {exception.eip:08x}, {exception.place}, comes again and again."
        if fault.words:
            sentence += f" The fault: {fault.words}."
        return Explanation("hang", sentence, "endless-exception", exception, "Its handler returns to the same instruction.", fault.evidence)
    if scene.ending is None:
        return None  # it runs
    waiting = _waits(scene)
    if waiting is not None:
        return waiting
    cause, words = _loop(scene)
    sentence = f"Hang: {words}, at {registers.eip:08x}, {place(scene.kernel, registers.eip, registers.cs & 3 == 3)}."
    evidence = [f"eflags {registers.eflags:08x} (IF {registers.eflags >> 9 & 1}), cs {registers.cs:#x}, esp {registers.esp:08x}"]
    last = events[-1] if events else None
    exception = None
    if last is not None and _still_in_handler(scene, last):
        exception, fault = _exception(scene, last)
        sentence += f" That is where {exception.name} at {exception.eip:08x}, {exception.place}, led to."
        if fault.words:
            sentence += f" The fault: {fault.words}."
        if last.kind == "interrupt" and 8 <= last.vector < 16:
            cause = "pic-not-remapped"
            sentence += f" It came from the PIC, but vector {last.vector} is the processor's {name_of(last.vector, 'exception')}."
        elif fault.cause not in ("unknown", "exception"):
            cause = fault.cause
        evidence += fault.evidence
    return Explanation("hang", sentence, cause, exception, evidence=evidence)


FRAME = 20  # bytes that the processor pushes when it comes from ring 3


def _called_by(scene: Scene) -> Optional[Tuple[int, int, bool]]:
    """Vector and eflags with which a program came to the kernel that works for it now, and whether it came this moment: they
    lie with its cs at the upper end of the stack that the TSS names."""
    registers = scene.registers
    try:
        processor = scene.at(registers)
        (esp0,) = struct.unpack("<I", processor.read(registers.tr_base + 4, 4))
        vector, _, _, cs, eflags, _, _ = struct.unpack("<7I", processor.read(esp0 - 28, 28))
    except (NotMapped, NoMemory, AttributeError, struct.error):
        return None
    depth = esp0 - registers.esp
    return (vector, eflags, depth == FRAME) if cs & 3 == 3 and FRAME <= depth < 8192 else None


def _waits(scene: Scene) -> Optional[Explanation]:
    """For a machine that runs on, interrupts on, or has a program that runs with interrupts off: what can't come to it."""
    registers, controllers = scene.registers, scene.controllers
    in_user, off = registers.cs & 3 == 3 and registers.cr0 & 1, not registers.eflags & INTERRUPT_FLAG
    vector, flags, just_now = _called_by(scene) or (0, INTERRUPT_FLAG, False)
    off_in_ring_3 = off and (in_user or not flags & INTERRUPT_FLAG)
    # A handler is served too, for a moment, with interrupts off; but then its line has not asked again.
    unended = 0 if controllers is None else controllers.in_service & (controllers.requested if off else 0xFFFF)
    called = vector == layout().SYSTEM_CALL_VECTOR
    forgotten = unended and called  # the handler has returned, if a program could call since then
    for_good = not just_now and (scene.ending is not Ending.TIME_OUT or scene.interrupts_off_for_good)
    if off and not in_user and for_good and not off_in_ring_3 and not forgotten:
        return None
    state = "the processor waits at hlt" if registers.halted else "a program has called the kernel" if called else "the kernel runs"
    state = "a program runs" if in_user else state
    where = place(scene.kernel, registers.eip, bool(in_user))
    off_for_the_call = off and just_now
    interrupts = "off since then" if off_for_the_call else "off" if off else "on"
    sentence = f"Hang: {state} at {registers.eip:08x}, {where}, interrupts {interrupts}, and comes to no end."
    evidence = [f"eflags {registers.eflags:08x} (IF {registers.eflags >> 9 & 1}), cs {registers.cs:#x}"]
    cause = "waits"
    if off_in_ring_3:
        cause = "interrupts-off-in-ring-3"
        sentence += " The program itself runs with interrupts off: none can take the processor away from it."
    elif unended:
        cause = "no-end-of-interrupt"
        sentence += f" The interrupt controller still serves {controllers.lines(unended)}: its end was never sent."
    elif scene.keyboard_full and controllers is not None and not controllers.masked & 2:
        cause = "keyboard-not-read"
        sentence += " The keyboard has a byte that was not taken: until then it asks for no other interrupt."
    elif controllers is not None and controllers.masked & 1:
        cause = "timer-masked"
        sentence += " The interrupt controller has IRQ 0 (the timer) masked."
    elif scene.ending is not Ending.TIME_OUT and not off_for_the_call:
        return None
    if controllers is not None:
        evidence.append(f"interrupt controllers: requested {controllers.requested:#06x}, in service {controllers.in_service:#06x}, "
                        f"masked {controllers.masked:#06x} (bit n: IRQ n)")  # fmt: skip
    return Explanation("hang", sentence, cause, evidence=evidence + served(scene.log.events))


def _still_in_handler(scene: Scene, event: Event) -> bool:
    """Whether the processor hangs in the handler of this event, the last one: it came from the kernel, and esp lies below
    the frame that was pushed for it."""
    registers = event.registers
    if event.kind == "int" or event.kind == "interrupt" and not 8 <= event.vector < 16 or registers is None:
        return False
    return not registers.cr0 & 1 == 0 and registers.cs & 3 == 0 and 0 < registers.esp - scene.registers.esp < 8192


def _exception(scene: Scene, event: Event) -> Tuple[Exception_, Fault]:
    fault = Fault("unknown")
    if event.kind == "exception":
        try:
            fault = fault_of(scene.at_event(event), event, scene.kernel)
        except NoMemory:
            pass
    return exception_of(scene, event), fault


def explain_reset(scene: Scene) -> Explanation:
    """A reset without a triple fault: some instruction asked a device for it. QEMU stands a few instructions later."""
    registers = scene.registers
    if registers is None or scene.emulator != "QEMU":
        return Explanation("reset", "The machine was reset, and not by a triple fault.", "reset")
    cause, sentence = "reset", f"The machine was reset, and not by a triple fault, near {registers.eip:08x}, "
    sentence += f"{place(scene.kernel, registers.eip)}."
    try:
        code = scene.at(registers).read(registers.eip - 16, 16)
    except (NotMapped, NoMemory):
        code = b""
    for offset in range(len(code) - 1, -1, -1):
        port = registers.edx & 0xFFFF if code[offset] in (0xEE, 0xEF) else None
        if code[offset] == 0xE6 and offset + 1 < len(code):
            port = code[offset + 1]
        if port in PORTS:
            address = registers.eip - 16 + offset
            sentence = f"The machine was reset by the write to port {port:#x} at {address:08x}, {place(scene.kernel, address)}."
            return Explanation("reset", sentence, PORTS[port], evidence=[f"al is {registers.eax & 0xFF:#x}, dx is {registers.edx & 0xFFFF:#x}"])
    return Explanation("reset", sentence, cause)
