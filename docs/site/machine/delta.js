// The file that delta.py has written as a difference: patched(old, delta), all of them Uint8Array.
"use strict";

function patched(old, delta) {
    const view = new DataView(delta.buffer, delta.byteOffset);
    const count = view.getUint32(0, true);
    const made = delta.slice(4 + 12 * count);
    for (let piece = 0; piece < count; piece++) {
        const [at, like, length] = [4, 8, 12].map((place) => view.getUint32(12 * piece + place, true));
        for (let i = 0; i < length; i++) made[at + i] ^= old[like + i];
    }
    return made;
}

if (typeof module !== "undefined") module.exports = patched;
