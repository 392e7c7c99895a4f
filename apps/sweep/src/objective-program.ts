import path from 'node:path';

/** The program of an objective's process, next to the command line. */
export const objectiveProgram = () => path.join(__dirname, 'objective.mjs');
