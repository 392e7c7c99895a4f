/** Arrays whose names are not among the expected ones. */
import type { Complaint } from '@unrolled/errors';
import { refuse } from './refuse';

interface Kind {
  /** Patterns of names; the first kind of the list that matches a name counts. */
  readonly pattern: RegExp;
  readonly what: string;
  readonly remedy: string;
  /** The function that reads such files; for it the names are expected. */
  readonly reader?: string;
}

const KINDS: readonly Kind[] = [
  {
    pattern: /\/\.ATTRIBUTES\/|^_CHECKPOINTABLE_OBJECT_GRAPH$/,
    what: 'the variables of a TensorFlow 2 checkpoint',
    remedy:
      "load it into its Keras model, save that by model.save_weights('model.weights.h5'), and read it by readKeras",
  },
  {
    pattern: /(^|\/)vars\/\d+$/,
    what: 'the arrays of a Keras 3 file',
    remedy: 'fromKeras reads them',
    reader: 'fromKeras',
  },
  {
    pattern: /(^|\/)recurrent_kernel(_\d+)?(:\d+)?$/,
    what: 'the arrays of a Keras 2 file',
    remedy: 'fromKeras reads them',
    reader: 'fromKeras',
  },
  {
    pattern: /(^|\/)(opaque_kernel|opaque_params|cudnn_\w+\/opaque\w*)$|CudnnRNNParams/,
    what: 'the weights of CudnnLSTM or CudnnGRU in one array, whose layout only cuDNN knows',
    remedy:
      'save them by the Saver of TensorFlow 1 with its CudnnLSTMSaveable, which writes cudnn_compatible_lstm_cell instead',
  },
  {
    pattern: /(^|\/)cudnn_compatible_gru_cell\//,
    what: 'the weights of CudnnCompatibleGRUCell, which resets after the product',
    remedy:
      'no cell of TensorFlow 1 that is read here does so: load it in Python, and save its arrays by the names of nn.GRU',
  },
  {
    pattern: /(^|\/)(input|transform|forget|output|state)\/(gamma|beta)$/,
    what: 'the weights of LayerNormBasicLSTMCell',
    remedy: 'no cell here normalizes its gates',
  },
  {
    pattern: /(^|\.)weight(_ih_l\d+|_hh_l\d+)?_[gv]$|(^|\.)parametrizations\./,
    what: 'weights that PyTorch computes from others, as weight_norm does',
    remedy: 'remove the parametrization before saving: torch.nn.utils.parametrize.remove_parametrizations',
  },
  {
    pattern: /_packed_params|(^|\.)(zero_point|weight_scale|qweight|qzeros)$/,
    what: 'quantized weights of PyTorch',
    remedy: 'save the state_dict() of the model before it was quantized',
  },
  {
    pattern: /(^|\.)weight(_ih|_hh)?(_l\d+(_reverse)?)?$/,
    what: 'the arrays of a PyTorch state dict',
    remedy: 'fromPyTorch reads them',
    reader: 'fromPyTorch',
  },
  {
    pattern: /(^|\/)(lstm|gru|simple_rnn)_\d+_[WUb](_[ifcozrh])?$/,
    what: 'the arrays of Keras 1, one for each gate',
    remedy: 'load and save them in Keras 2 first',
  },
  {
    pattern:
      /(^|\/)(basic_\w+_cell|lstm_cell|gru_cell|multi_rnn_cell|BasicLSTMCell|GRUCell|LSTMCell)\/.*[a-zA-Z]$/,
    what: 'the variables of a TensorFlow 1 checkpoint',
    remedy: 'fromTensorFlow1 reads them',
    reader: 'fromTensorFlow1',
  },
  {
    pattern: /^params\.(\d|forward|backward|kernel|bias|embeddings)|^optimizer\.|^averages\./,
    what: 'a model or checkpoint of Unrolled',
    remedy: 'loadModel and decodeCheckpoint of @unrolled/training read it',
  },
  {
    pattern:
      /(^|\.)(OptimizedLSTMCell|LSTMCell|GRUCell)_\d+\.(i|h)[ifgorzn]\.(kernel|bias)$|\/(i|h)[ifgo]\/kernel$/,
    what: 'the parameters of Flax, one array for each gate',
    remedy: 'join the gates in Python, and save them by the names of nn.LSTM or nn.GRU',
  },
];

/** Refuses names, and identifies their origin if it is known. */
export function refuseNames(scope: string, complaint: Complaint, names: Iterable<string>): never {
  const all = [...names];
  const kind = KINDS.find(({ pattern }) => all.some((name) => pattern.test(name)));
  if (!kind || kind.reader === scope) return refuse(scope, complaint);
  return refuse(scope, { ...complaint, got: `${kind.what}: ${complaint.got}`, remedy: kind.remedy });
}
