export { type CsvFileOptions, readCsvFile, readCsvFileSeries } from './csv/read-csv-file';
export { type FilePairs, type OpenPairsOptions, openPairs } from './pairs/open-pairs';
export { type PairFormat, type ReadPairsOptions, readPairs } from './pairs/read-pairs';
export { defaultCacheDirectory } from './text/cache-directory';
export { type FileCorpus, type OpenCorpusOptions, openCorpus } from './text/open-corpus';
export { type ReadEmbeddings, type ReadEmbeddingsOptions, readEmbeddings } from './text/read-embeddings';
export { readTextFile } from './text/read-text-file';
export { readTokenizer } from './text/subwords/tokenizer-file';
