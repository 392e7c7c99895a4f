/** Identifies the origin of arrays whose names differ from the expected ones. */
import type { Complaint } from '@unrolled/errors';
import { refuse } from './refuse';

interface Kind {
  /** Patterns of names. The first kind in the list that matches a name is used. */
  readonly pattern: RegExp;
  readonly what: string;
  readonly remedy: string;
  /** The function that reads such files. It is not proposed as a remedy to itself. */
  readonly reader?: string;
}

const KINDS: readonly Kind[] = [
  {
    pattern: /\/\.ATTRIBUTES\/|^_CHECKPOINTABLE_OBJECT_GRAPH$/,
    what: 'the variables of a TensorFlow 2 checkpoint',
    remedy:
      "load it into its Keras model, save that with model.save_weights('model.weights.h5'), and read the file with readKeras",
  },
  {
    pattern: /(^|\/)vars\/\d+$/,
    what: 'the arrays of a Keras 3 file',
    remedy: 'read them with fromKeras',
    reader: 'fromKeras',
  },
  {
    pattern: /(^|\/)recurrent_kernel(_\d+)?(:\d+)?$/,
    what: 'the arrays of a Keras 2 file',
    remedy: 'read them with fromKeras',
    reader: 'fromKeras',
  },
  {
    pattern: /(^|\/)(opaque_kernel|opaque_params|cudnn_\w+\/opaque\w*)$|CudnnRNNParams/,
    what: 'the weights of CudnnLSTM or CudnnGRU as one array, in a layout that only cuDNN defines',
    remedy:
      'save them with the Saver of TensorFlow 1 and its CudnnLSTMSaveable, which writes cudnn_compatible_lstm_cell instead',
  },
  {
    pattern: /(^|\/)cudnn_compatible_gru_cell\//,
    what: 'the weights of CudnnCompatibleGRUCell, which applies the reset gate after the product',
    remedy:
      'load it in Python, and save its arrays under the names of nn.GRU: the supported cells of TensorFlow 1 reset before the product',
  },
  {
    pattern: /(^|\/)(input|transform|forget|output|state)\/(gamma|beta)$/,
    what: 'the weights of LayerNormBasicLSTMCell',
    remedy: 'use LSTMBlockCell or LSTMCell: no supported cell normalises its gates',
  },
  {
    pattern: /(^|\.)weight(_ih_l\d+|_hh_l\d+)?_[gv]$|(^|\.)parametrizations\./,
    what: 'reparametrized weights of PyTorch, such as those of weight_norm',
    remedy: 'remove the parametrization before saving: torch.nn.utils.parametrize.remove_parametrizations',
  },
  {
    pattern: /_packed_params|(^|\.)(zero_point|weight_scale|qweight|qzeros)$/,
    what: 'quantized weights of PyTorch',
    remedy: 'save the state_dict() of the model before quantization',
  },
  {
    pattern: /(^|\.)weight(_ih|_hh)?(_l\d+(_reverse)?)?$/,
    what: 'the arrays of a PyTorch state dict',
    remedy: 'read them with fromPyTorch',
    reader: 'fromPyTorch',
  },
  {
    pattern: /(^|\/)(lstm|gru|simple_rnn)_\d+_[WUb](_[ifcozrh])?$/,
    what: 'the arrays of Keras 1, one per gate',
    remedy: 'load the model in Keras 2 and save it again',
  },
  {
    pattern:
      /(^|\/)(basic_\w+_cell|lstm_cell|gru_cell|multi_rnn_cell|BasicLSTMCell|GRUCell|LSTMCell)\/.*[a-zA-Z]$/,
    what: 'the variables of a TensorFlow 1 checkpoint',
    remedy: 'read them with fromTensorFlow1',
    reader: 'fromTensorFlow1',
  },
  {
    pattern: /^params\.(\d|forward|backward|kernel|bias|embeddings)|^optimizer\.|^averages\./,
    what: 'a model or checkpoint of Unrolled',
    remedy: 'read it with loadModel or decodeCheckpoint of @unrolled/training',
  },
  {
    pattern:
      /(^|\.)(OptimizedLSTMCell|LSTMCell|GRUCell)_\d+\.(i|h)[ifgorzn]\.(kernel|bias)$|\/(i|h)[ifgo]\/kernel$/,
    what: 'the parameters of Flax, one array per gate',
    remedy: 'concatenate the gates in Python, and save them under the names of nn.LSTM or nn.GRU',
  },
];

/** Refuses names. If their origin is known, the error states it. */
export function refuseNames(scope: string, complaint: Complaint, names: Iterable<string>): never {
  const all = [...names];
  const kind = KINDS.find(({ pattern }) => all.some((name) => pattern.test(name)));
  if (!kind || kind.reader === scope) return refuse(scope, complaint);
  return refuse(scope, { ...complaint, got: `${kind.what}: ${complaint.got}`, remedy: kind.remedy });
}
