export { readWavFile } from './wav/read-wav-file';
