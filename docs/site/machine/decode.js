// What the processor sees, in words: descriptors, gates, the TSS, control registers, page tables, the words on the stack.
// The same as iso/machine/processor.py says, word for word; tests/site/test_decoder.py compares the two.
// registers: numbers by name; read(address, length): physical memory as bytes, or null where there is none; read.size: bytes of RAM.
"use strict";

const decode = (() => {
    const SYSTEM_TYPES = [
        "reserved type 0", "16-bit TSS, available", "LDT", "16-bit TSS, busy", "16-bit call gate", "task gate",
        "16-bit interrupt gate", "16-bit trap gate", "reserved type 8", "32-bit TSS, available", "reserved type 10",
        "32-bit TSS, busy", "32-bit call gate", "reserved type 13", "32-bit interrupt gate", "32-bit trap gate",
    ];
    const EXCEPTIONS = {
        0: "#DE divide error", 1: "#DB debug exception", 2: "non-maskable interrupt", 3: "#BP breakpoint", 4: "#OF overflow",
        5: "#BR bound range exceeded", 6: "#UD invalid opcode", 7: "#NM device not available", 8: "#DF double fault",
        9: "coprocessor segment overrun", 10: "#TS invalid TSS", 11: "#NP segment not present", 12: "#SS stack-segment fault",
        13: "#GP general protection fault", 14: "#PF page fault", 16: "#MF floating-point error", 17: "#AC alignment check",
        18: "#MC machine check", 19: "#XM SIMD floating-point exception", 20: "#VE virtualization exception",
        21: "#CP control protection exception",
    };
    const HAS_ERROR_CODE = [8, 10, 11, 12, 13, 14, 17, 21];
    const PAGE = 4096;
    const PAE = 1 << 5; // of CR4
    const NESTED_TASK = 1 << 14; // of EFLAGS
    const VIRTUAL_8086 = 1 << 17;
    const hex = (value, digits = 8) => value.toString(16).padStart(digits, "0");
    const short = (value) => "0x" + (value >>> 0).toString(16);
    const word = (bytes, at = 0) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);

    function kindOf(high) {
        const type = high >>> 8 & 15;
        if (!(high >>> 12 & 1)) return SYSTEM_TYPES[type];
        if (type & 8) return (type & 4 ? "conforming " : "") + "code segment";
        return type & 2 ? "data segment" : "read-only data segment";
    }

    const presence = (high) => (high >>> 15 & 1 ? "present" : "not present");

    function descriptor(low, high) {
        const base = (low >>> 16 | (high & 0xff) << 16 | high & 0xff000000) >>> 0;
        const raw = low & 0xffff | high & 0xf0000;
        const limit = high >>> 23 & 1 ? (raw << 12 | 0xfff) >>> 0 : raw;
        return { base, limit, code: Boolean(high >>> 11 & high >>> 12 & 1), text: `${hex(high)}${hex(low)}: ${kindOf(high)}, DPL ${high >>> 13 & 3}, ${presence(high)}, base ${short(base)}, limit ${short(limit)}` };
    }

    function gate(low, high) {
        const selector = low >>> 16;
        const offset = (low & 0xffff | high & 0xffff0000) >>> 0;
        const type = high >>> 8 & 31;
        const kind = type < 16 ? SYSTEM_TYPES[type] : kindOf(high);
        return { selector, offset, present: Boolean(high >>> 15 & 1),
                 text: `${hex(high)}${hex(low)}: ${kind}, DPL ${high >>> 13 & 3}, ${presence(high)}, handler ${short(selector)}:${hex(offset)}` };
    }

    // --- Names ---

    const REACH = 0x10000; // bytes: no object of the kernel is larger, so a name that is farther away is another's

    // What lies at an address of the kernel, for example "gdt::load+0x5"; "" where that is not known.
    // text: lines "address symbol name" in the order of the addresses, without a name where something ends.
    function namesOf(text) {
        const rows = text.trim().split("\n").map((line) => {
            const [address, , ...name] = line.split(" ");
            return { address: parseInt(address, 16), name: name.join(" ") };
        });
        return (address) => {
            let [low, high] = [0, rows.length]; // rows[low - 1] is not after the address, rows[high] is
            while (low < high) {
                const middle = low + high >> 1;
                if (rows[middle].address <= address) low = middle + 1;
                else high = middle;
            }
            const row = rows[low - 1];
            if (!row?.name || address - row.address >= REACH) return "";
            return row.name + (address > row.address ? `+${short(address - row.address)}` : "");
        };
    }

    // --- Paging ---

    function entryWords(level, raw) {
        if (!(raw & 1)) return "not present";
        const words = ["present", raw & 2 ? "writable" : "read-only", raw & 4 ? "user" : "kernel only"];
        const names = { 3: "write-through", 4: "not cached", 5: "accessed", 6: "dirty", 7: "large page", 8: "global" };
        let bits = raw;
        if (level === "table") {
            bits &= ~0x80; // bit 7 is PAT
            names[9] = "copy on write"; // not the processor's: kernel/memory/page_table.hpp has it
        }
        return words.concat(Object.keys(names).filter((bit) => bits >>> bit & 1).map((bit) => names[bit])).join(", ");
    }

    // Where a large page is. Bits 20-13 of its entry are bits 39-32 of the address (PSE-36).
    const largeFrame = (entry) => (entry & 0x1fe000) * (1 << 19) + ((entry & 0xffc00000) >>> 0);

    // The way from a linear address to a physical one: lines in words, and { physical } or { reason }.
    function way(registers, read, address) {
        const lines = [];
        address >>>= 0;
        if (!(registers.cr0 >>> 31)) return { lines, physical: address };
        if (registers.cr4 & PAE) {
            lines.push("CR4.PAE is set: three-level tables, which this program does not decode");
            return { lines, reason: "PAE paging is on" };
        }
        const take = (level, table, number) => {
            const bytes = read(table + 4 * number >>> 0, 4);
            if (!bytes) return null;
            const raw = word(bytes);
            lines.push(`${level} at ${hex(table)}, entry ${number}: ${hex(raw)} (${entryWords(level, raw)})`);
            return raw;
        };
        const directory = (registers.cr3 & ~0xfff) >>> 0;
        if (directory >= read.size) {
            lines.push(`CR3 ${hex(registers.cr3)}: no RAM there, the machine has ${read.size >>> 20} MiB`);
            return { lines, reason: "CR3 does not point to memory" };
        }
        const first = take("directory", directory, address >>> 22);
        if (!(first & 1)) return { lines, reason: "the directory entry is not present" };
        if (first & 0x80 && registers.cr4 & 1 << 4) {
            return { lines, physical: largeFrame(first) + (address & 0x3fffff), writable: Boolean(first & 2), user: Boolean(first & 4) };
        }
        if (first & 0x80) lines.push("  its PS bit means nothing, for CR4.PSE is 0: it is taken for a page table's address");
        const frame = (first & ~0xfff) >>> 0;
        const last = take("table", frame, address >>> 12 & 1023);
        if (last === null) return { lines, reason: `the page table's address ${hex(frame)} is no memory` };
        if (!(last & 1)) return { lines, reason: "the table entry is not present" };
        const both = first & last;
        return { lines, physical: (last & ~0xfff | address & 0xfff) >>> 0, writable: Boolean(both & 2), user: Boolean(both & 4) };
    }

    function walk(registers, read, address) {
        const found = way(registers, read, address);
        const end = found.reason ? `no physical address: ${found.reason}` : `physical ${hex(found.physical)}`;
        return [...found.lines, end];
    }

    // Linear memory, with the supervisor's rights; null where a part of it is not there.
    function linear(registers, read, address, length) {
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length;) {
            const found = way(registers, read, address + done);
            if (found.reason) return null;
            const piece = Math.min(length - done, PAGE - (address + done) % PAGE);
            const part = found.physical < 2 ** 32 ? read(found.physical, piece) : null;
            if (!part) return null;
            bytes.set(part, done);
            done += piece;
        }
        return bytes;
    }

    // The address space: what is mapped, neighbours of the same rights in one line. Nothing of tables that are not decoded here.
    function map(registers, read) {
        if (!(registers.cr0 >>> 31) || registers.cr4 & PAE) return [];
        const found = [];
        const add = (begin, size, physical, writable, user) => {
            const last = found[found.length - 1];
            if (last && last.begin + last.size === begin && last.physical + last.size === physical && last.writable === writable && last.user === user) last.size += size;
            else found.push({ begin, size, physical, writable, user });
        };
        const directory = read((registers.cr3 & ~0xfff) >>> 0, PAGE);
        for (let number = 0; directory && number < 1024; number++) {
            const entry = word(directory, 4 * number);
            const begin = number * 0x400000;
            if (!(entry & 1)) continue;
            if (entry & 0x80 && registers.cr4 & 1 << 4) {
                add(begin, 0x400000, largeFrame(entry), Boolean(entry & 2), Boolean(entry & 4));
                continue;
            }
            const table = read((entry & ~0xfff) >>> 0, PAGE);
            for (let index = 0; table && index < 1024; index++) {
                const last = word(table, 4 * index);
                if (last & 1) add(begin + index * PAGE, PAGE, (last & ~0xfff) >>> 0, Boolean(entry & last & 2), Boolean(entry & last & 4));
            }
        }
        return found;
    }

    // --- Tables in memory ---

    function table(registers, read, base, limit, make) {
        const count = limit + 1 >>> 3;
        const bytes = count <= 8192 ? linear(registers, read, base, 8 * count) : null;
        return bytes && Array.from({ length: count }, (_, number) => make(word(bytes, 8 * number), word(bytes, 8 * number + 4), number));
    }

    function gdt(registers, read) {
        const names = ["cs", "ss", "ds", "es", "fs", "gs", "tr"];
        return table(registers, read, registers.gdt_base, registers.gdt_limit, (low, high, number) => ({
            selector: 8 * number,
            uses: names.filter((name) => registers[name] >>> 3 === number && number > 0),
            ...descriptor(low, high),
            ...(low || high ? {} : { text: "null" }),
        }));
    }

    function idt(registers, read) {
        const made = table(registers, read, registers.idt_base, registers.idt_limit, (low, high, vector) => ({ vector, name: EXCEPTIONS[vector] ?? "", ...gate(low, high) }));
        return made && made.filter((one) => one.present);
    }

    function tss(registers, read) {
        const bytes = registers.tr >>> 3 ? linear(registers, read, registers.tr_base, 104) : null;
        return bytes && { esp0: word(bytes, 4), ss0: word(bytes, 8) & 0xffff, io_map_base: word(bytes, 100) >>> 16 };
    }

    const BITS = {
        cr0: { 0: "PE", 1: "MP", 2: "EM", 3: "TS", 4: "ET", 5: "NE", 16: "WP", 18: "AM", 29: "NW", 30: "CD", 31: "PG" },
        cr4: { 0: "VME", 1: "PVI", 2: "TSD", 3: "DE", 4: "PSE", 5: "PAE", 6: "MCE", 7: "PGE", 8: "PCE", 9: "OSFXSR", 10: "OSXMMEXCPT", 11: "UMIP", 12: "LA57",
               13: "VMXE", 14: "SMXE", 16: "FSGSBASE", 17: "PCIDE", 18: "OSXSAVE", 19: "KL", 20: "SMEP", 21: "SMAP", 22: "PKE", 23: "CET", 24: "PKS" },
        eflags: { 0: "CF", 2: "PF", 4: "AF", 6: "ZF", 7: "SF", 8: "TF", 9: "IF", 10: "DF", 11: "OF", 12: "IOPL", 14: "NT", 16: "RF", 17: "VM", 18: "AC", 19: "VIF", 20: "VIP", 21: "ID" },
    };

    // IOPL alone has two bits: a number.
    function bits(registers, name) {
        return Object.entries(BITS[name]).map(([bit, text]) => {
            const value = registers[name] >>> bit & (text === "IOPL" ? 3 : 1);
            return { name: text + (text === "IOPL" ? `=${value}` : ""), set: value > 0 };
        });
    }

    // --- The stack: its words, with their names where the processor is about to pop them or has just pushed them ---

    // Whether two words can be a saved cs and eflags: a code segment, and no bit that is always 0 (bit 1 is always 1).
    function savedWords(registers, read, selector, flags) {
        const segment = (gdt(registers, read) ?? [])[selector >>> 3];
        return Boolean(selector <= 0xffff && segment?.code && (flags & 0xffc0802a) === 2);
    }

    function frameNames(registers, read) {
        const eip = registers.cs_base + registers.eip >>> 0;
        const opcode = linear(registers, read, eip, 1);
        const before = opcode && opcode[0] === 0xcf;
        if (before && registers.eflags & NESTED_TASK) return []; // it returns to another task, and pops nothing
        const entered = !before && (idt(registers, read) ?? []).find((one) => one.offset === registers.eip);
        if (!before && !entered) return [];
        const words = [0, 4, 8, 12].map((at) => linear(registers, read, registers.ss_base + registers.esp + at >>> 0, 4)).map((bytes) => bytes && word(bytes));
        // An interrupt request that comes as one of these vectors pushes no error code.
        const request = savedWords(registers, read, words[1], words[2]) && !savedWords(registers, read, words[2], words[3]);
        const names = entered && HAS_ERROR_CODE.includes(entered.vector) && !request ? ["error code"] : [];
        const [cs, flags] = words.slice(names.length + 1);
        names.push("eip", "cs", "eflags");
        if (flags & VIRTUAL_8086 && !(registers.cs & 3)) return [...names, "esp", "ss", "es", "ds", "fs", "gs"];
        return (cs & 3) > (registers.cs & 3) ? [...names, "esp", "ss"] : names;
    }

    function stack(registers, read, count = 12) {
        const names = registers.cr0 & 1 ? frameNames(registers, read) : [];
        const found = [];
        for (let number = 0; number < count; number++) {
            const address = registers.ss_base + registers.esp + 4 * number >>> 0;
            const bytes = linear(registers, read, address, 4);
            if (!bytes) break;
            found.push({ address, value: word(bytes), name: names[number] ?? "" });
        }
        return found;
    }

    // nameOf: what lies at an address, as namesOf has it.
    function tables(registers, read, nameOf) {
        const guarded = registers.cr0 & 1; // in real mode there are no tables to decode
        const gates = guarded ? idt(registers, read) : null;
        return {
            names: Object.fromEntries(Object.entries(registers).map(([register, value]) => [register, nameOf(value)])),
            gdt: guarded ? gdt(registers, read) : null,
            idt: gates && gates.map((one) => ({ ...one, symbol: nameOf(one.offset) })),
            tss: guarded ? tss(registers, read) : null,
            cr0: bits(registers, "cr0"), cr4: bits(registers, "cr4"), eflags: bits(registers, "eflags"),
            map: map(registers, read), stack: stack(registers, read).map((one) => ({ ...one, symbol: nameOf(one.value) })),
        };
    }

    return { descriptor, gate, namesOf, walk, map, gdt, idt, tss, stack, tables };
})();

if (typeof module !== "undefined") module.exports = decode;
