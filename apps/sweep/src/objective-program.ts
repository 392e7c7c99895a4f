import path from 'node:path';

/** The program of the process in which an objective runs: it lies beside the command line. */
export const objectiveProgram = () => path.join(__dirname, 'objective.mjs');
