// The file that delta.py has written as a difference: patched(old, delta), all of them Uint8Array.
"use strict";

function crc32(bytes) {
    let rest = ~0;
    for (const byte of bytes) {
        rest ^= byte;
        for (let bit = 0; bit < 8; bit++) rest = rest >>> 1 ^ (rest & 1 ? 0xedb88320 : 0);
    }
    return ~rest >>> 0;
}

function patched(old, delta) {
    const view = new DataView(delta.buffer, delta.byteOffset);
    if (view.getUint32(0, true) !== crc32(old)) throw new Error("its parts are of two builds of the site; load the page anew");
    const count = view.getUint32(4, true);
    const made = delta.slice(8 + 12 * count);
    for (let piece = 0; piece < count; piece++) {
        const [at, like, length] = [8, 12, 16].map((place) => view.getUint32(12 * piece + place, true));
        for (let i = 0; i < length; i++) made[at + i] ^= old[like + i];
    }
    return made;
}

if (typeof module !== "undefined") module.exports = patched;
