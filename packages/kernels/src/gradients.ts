/**
 * In Node, tfjs-core and a backend alone register no gradients: tfjs-core's list of gradients can only be
 * imported by a bundler. The registry that it fills is global. Importing this module makes `tf.variableGrads`
 * work with our packages and tfjs-core alone.
 */
import '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-backend-cpu';
