import { globalMethod } from './global';
import { hybridMethod } from './hybrid';
import type { Method, MethodName, MethodSettings } from './method';

export function methodByName(name: MethodName, settings: MethodSettings): Method {
  return name === 'hybrid' ? hybridMethod(settings) : globalMethod(settings);
}
