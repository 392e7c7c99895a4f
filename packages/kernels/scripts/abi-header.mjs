/**
 * Prints the interface of the WebAssembly module as a C header. Usage: node scripts/abi-header.mjs >
 * unrolled_abi.h
 */
import { cHeader } from '../abi/c-header.mjs';

process.stdout.write(cHeader());
