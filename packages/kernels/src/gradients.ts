/**
 * tfjs-core with a backend has no gradients registered in Node; its own list is only reachable when bundled,
 * and the registry it fills is global. Importing this module is what lets `tf.variableGrads` work with our
 * packages and tfjs-core alone.
 */
import '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-backend-cpu';
