// biome-ignore-all lint/suspicious/noControlCharactersInRegex: the formats begin with such bytes.
import { checkKind } from './refuse';

/**
 * Recognises files of other formats by their first bytes: common formats of weights, and files that are often
 * downloaded by mistake.
 */

/** The name of a format, and how to convert it. */
export interface OtherFormat {
  readonly name: string;
  readonly remedy: string;
}

const fromPyTorch =
  'load it in Python and save it again: safetensors.torch.save_file(torch.load(path, weights_only=True), …)';
const fromKeras = 'read it with readKeras of @unrolled/interop/keras';
const fromNumpy =
  'load it in Python and save it again: safetensors.numpy.save_file(dict(numpy.load(path)), …)';
const fetchAgain = 'download the file itself';

/** The format of a zip archive, by the name of its first file. */
const archives: readonly [RegExp, OtherFormat][] = [
  [
    /(^|\/)(constants|code\/)/,
    { name: 'a TorchScript archive', remedy: 'save the state_dict() of the module instead' },
  ],
  [
    /(^|\/)(data\.pkl|data\/|version$|byteorder$|\.format_version$|\.storage_alignment$)/,
    { name: 'a PyTorch file (pickle in a zip archive)', remedy: fromPyTorch },
  ],
  [/\.npy$/, { name: 'a NumPy archive (.npz)', remedy: fromNumpy }],
  [
    /^(metadata\.json|config\.json|model\.weights\.h5|assets\/?)/,
    { name: 'a .keras archive', remedy: fromKeras },
  ],
];

const starts: readonly [RegExp, OtherFormat][] = [
  [/^\x80[\x02-\x05]/, { name: 'a PyTorch or Python file (pickle)', remedy: fromPyTorch }],
  [/^GGUF/, { name: 'a GGUF file', remedy: 'convert it to safetensors with the gguf package of llama.cpp' }],
  [/^(ggml|ggjt|lmgg|tjgg)/, { name: 'a GGML file', remedy: 'convert the original model to safetensors' }],
  [/^\x89HDF\r\n\x1a\n/, { name: 'an HDF5 file, as written by Keras', remedy: fromKeras }],
  [/^\x93NUMPY/, { name: 'a NumPy array (.npy)', remedy: fromNumpy }],
  [/^....TFL3/s, { name: 'a TensorFlow Lite model', remedy: 'convert the original model to safetensors' }],
  [
    /^\x08[\x03-\x20][\x12\x1a"*2:B]/,
    { name: 'an ONNX model', remedy: 'save its initializers with safetensors.numpy.save_file in Python' },
  ],
  [/^\x08\x01\x12/, { name: 'a TensorFlow SavedModel', remedy: 'save the weights of its variables by name' }],
  [/^version https:\/\/git-lfs/, { name: 'a Git LFS pointer', remedy: `${fetchAgain}: git lfs pull` }],
  [/^\s*<(!doctype|html|\?xml)/i, { name: 'a web page', remedy: `${fetchAgain}, not the web page about it` }],
  [
    /^\s*\{\s*"(metadata|weight_map)"/,
    {
      name: 'the index of a model in several files',
      remedy: 'read each of the files that its weight_map names',
    },
  ],
  [/^\x1f\x8b/, { name: 'a gzip archive', remedy: 'decompress it first' }],
  [/^.{257}ustar/s, { name: 'a tar archive', remedy: 'unpack it first' }],
];

/** The format of a file, by its first bytes; undefined if it is not recognised. */
export function otherFormat(bytes: Uint8Array): OtherFormat | undefined {
  checkKind('otherFormat', 'bytes', bytes, 'Uint8Array');
  const start = latin1(bytes.subarray(0, 300));
  if (start.startsWith('PK\x03\x04')) {
    const length = bytes.length < 30 ? 0 : bytes[26]! + 256 * bytes[27]!;
    const first = latin1(bytes.subarray(30, 30 + length));
    return (
      archives.find(([pattern]) => pattern.test(first))?.[1] ?? {
        name: 'a zip archive',
        remedy: 'unpack it first',
      }
    );
  }
  return starts.find(([pattern]) => pattern.test(start))?.[1];
}

/**
 * One character per byte. The latin1 of TextDecoder is Windows-1252, which has other characters at 0x80 to
 * 0x9f.
 */
const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);
