// What the page's decoder says of a recorded machine: decode.mjs DECODER REGISTERS MEMORY SYMBOLS ADDRESS ...; prints JSON.
import fs from "node:fs";
import { createRequire } from "node:module";

const [decoder, registersFile, memoryFile, symbolsFile, ...addresses] = process.argv.slice(2);
const decode = createRequire(import.meta.url)(decoder);
const registers = JSON.parse(fs.readFileSync(registersFile));
const memory = new Uint8Array(fs.readFileSync(memoryFile));
const read = (address, length) => (address + length <= memory.length ? memory.slice(address, address + length) : null);
read.size = memory.length;

const nameOf = decode.namesOf(fs.readFileSync(symbolsFile, "utf8"));

const tables = decode.tables(registers, read, nameOf);
const walks = Object.fromEntries(addresses.map((address) => [address, decode.walk(registers, read, Number(address))]));
const named = Object.fromEntries(addresses.map((address) => [address, nameOf(Number(address))]));
console.log(JSON.stringify({ ...tables, walks, named }));
