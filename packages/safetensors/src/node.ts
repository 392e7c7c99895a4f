export { readSafetensorsFile } from './read-file';
export { writeSafetensorsFile } from './write-file';
