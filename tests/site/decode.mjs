// What the page's decoder says of a recorded machine: decode.mjs DECODER REGISTERS MEMORY ADDRESS ...; prints JSON.
import fs from "node:fs";
import { createRequire } from "node:module";

const [decoder, registersFile, memoryFile, ...addresses] = process.argv.slice(2);
const decode = createRequire(import.meta.url)(decoder);
const registers = JSON.parse(fs.readFileSync(registersFile));
const memory = new Uint8Array(fs.readFileSync(memoryFile));
const read = (address, length) => (address + length <= memory.length ? memory.slice(address, address + length) : null);

const tables = decode.tables(registers, read);
const walks = Object.fromEntries(addresses.map((address) => [address, decode.walk(registers, read, Number(address))]));
console.log(JSON.stringify({ ...tables, walks }));
