/** The part of attack.mjs that a test uses. */
export interface Fault {
  readonly index: number;
  readonly name: string;
  readonly what: string;
  readonly fault: string;
}
export type Functions = ReadonlyMap<string, unknown>;
export type Random = object;

export function listFunctions(): Functions;
export function randomFrom(seed: string): Random;
export function checkCalls(functions: Functions): Promise<string[]>;
export function attack(options: {
  readonly functions: Functions;
  readonly calls: number;
  readonly random: (index: number) => Random;
  readonly only?: readonly string[];
}): Promise<Fault[]>;
