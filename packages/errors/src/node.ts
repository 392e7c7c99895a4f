export { readingProblem, writingProblem } from './node/file-problems';
export { makeDirectory } from './node/make-directory';
export { writeFileAtomically } from './node/write-file-atomically';
