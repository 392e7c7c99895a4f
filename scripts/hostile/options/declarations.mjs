// The packages' exports, from their declarations: each function and each method of a function's result, with
// its parameters.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from '../../lib.mjs';

/** The depth to which the types of properties are read. */
const DEEPEST = 3;

/** The entries of a package: `cells`, `cells/testing`, `data/node`. */
function entries() {
  return readdirSync(path.join(root, 'packages')).flatMap((name) => {
    const folder = path.join(root, 'packages', name);
    const { exports } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    return Object.entries(exports ?? {}).flatMap(([key, entry]) => {
      const at = entry['@unrolled/source'];
      const source = at?.default ?? at;
      if (typeof source !== 'string' || !source.endsWith('.ts')) return [];
      return [{ name: path.posix.join(name, key), file: path.join(folder, source) }];
    });
  });
}

/**
 * Every function that a package exports and every method of an object that one of them returns, each method
 * once. Only the sources are read. With the built declarations, too, everything would be listed twice.
 *
 * @returns a map from `cells:lstm` or `data:createVocabulary().encode` to its parameters
 */
export function listFunctions() {
  const list = entries();
  const program = ts.createProgram(
    list.map(({ file }) => file),
    {
      ...{
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        target: ts.ScriptTarget.ES2022,
        lib: ['lib.es2023.d.ts'],
      },
      ...{ module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
      ...{ customConditions: ['@unrolled/source'], types: ['node'], allowImportingTsExtensions: true },
    },
  );
  const checker = program.getTypeChecker();
  const functions = new Map();
  const seen = new Set();
  for (const { name, file } of list) {
    const source = program.getSourceFile(file);
    for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(source))) {
      const value = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      if (!(value.flags & ts.SymbolFlags.Value) || seen.has(value)) continue;
      seen.add(value);
      const type = checker.getTypeOfSymbol(value);
      if (type.getConstructSignatures().length > 0) {
        add(`${name}:new ${symbol.name}`, type.getConstructSignatures());
      } else if (type.getCallSignatures().length > 0) {
        add(`${name}:${symbol.name}`, type.getCallSignatures());
      } else addMethods(`${name}:${symbol.name}`, type);
    }
  }
  return functions;

  function add(name, signatures) {
    const [signature] = signatures;
    functions.set(name, {
      // An overload may accept what the first one does not.
      parameters: signature.parameters.map((parameter, index) => {
        const kinds = signatures.flatMap((one) => {
          const other = one.parameters[index];
          return other ? [describe(checker.getTypeOfSymbol(other), isOptional(other))] : [];
        });
        return { name: parameter.name, ...kinds.reduce(either) };
      }),
    });
    const given = checker.getAwaitedType(signature.getReturnType()) ?? signature.getReturnType();
    addMethods(`${name}()`, checker.getNonNullableType(given));
  }

  /** The methods of an object of ours, each declaration once. */
  function addMethods(name, type) {
    if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))) return;
    if (checker.isArrayType(type) || type.getCallSignatures().length > 0) {
      const symbol = type.symbol ?? type.aliasSymbol;
      if (type.getCallSignatures().length > 0 && isOurs(symbol)) addOnce(name, symbol, type);
      return;
    }
    for (const property of type.getProperties()) {
      if (!isOurs(property)) continue;
      const own = checker.getNonNullableType(checker.getTypeOfSymbol(property));
      if (own.getCallSignatures().length > 0) addOnce(`${name}.${property.name}`, property, own);
    }
  }

  function addOnce(name, symbol, type) {
    const declaration = symbol.declarations?.[0];
    if (!declaration || seen.has(declaration)) return;
    seen.add(declaration);
    add(name, type.getCallSignatures());
  }

  function isOurs(symbol) {
    return symbol?.declarations?.some(
      (one) => !/node_modules\/(?!@unrolled)/.test(one.getSourceFile().fileName),
    );
  }

  function isOptional(symbol) {
    if (symbol.flags & ts.SymbolFlags.Optional) return true;
    const declaration = symbol.valueDeclaration;
    return declaration && ts.isParameter(declaration) ? checker.isOptionalParameter(declaration) : false;
  }

  /** The values of a type: their kinds, and the properties of an object of ours. */
  function describe(type, optional, depth = 0) {
    const kinds = new Set(optional ? ['undefined'] : []);
    let properties;
    const visit = (one) => {
      const { flags } = one;
      if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return kinds.add('anything');
      if (flags & ts.TypeFlags.TypeParameter) {
        const constraint = checker.getBaseConstraintOfType(one);
        return constraint ? visit(constraint) : kinds.add('anything');
      }
      if (flags & (ts.TypeFlags.Conditional | ts.TypeFlags.IndexedAccess | ts.TypeFlags.Substitution)) {
        const constraint = checker.getBaseConstraintOfType(one);
        return constraint && constraint !== one ? visit(constraint) : kinds.add('anything');
      }
      if (one.isUnion()) return one.types.forEach(visit);
      if (flags & ts.TypeFlags.StringLike) return kinds.add(one.isStringLiteral() ? 'choice' : 'string');
      if (flags & ts.TypeFlags.NumberLike) return kinds.add('number');
      if (flags & ts.TypeFlags.BooleanLike) return kinds.add('boolean');
      if (flags & ts.TypeFlags.BigIntLike) return kinds.add('bigint');
      if (flags & ts.TypeFlags.Null) return kinds.add('null');
      if (flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) return kinds.add('undefined');
      if (one.getProperty('dataId')) return kinds.add('tensor');
      if (one.getCallSignatures().length > 0) return kinds.add('function');
      if (checker.isArrayType(one) || checker.isTupleType(one)) return kinds.add('array');
      const name = one.symbol?.name ?? '';
      if (name === 'ArrayLike') return kinds.add('array').add('typed');
      if (/^(ReadonlyArray|Array)$/.test(name)) return kinds.add('array');
      if (
        /^(Float|Int|Uint|BigInt|BigUint)\w*Array$|^(ArrayBufferView|ArrayBuffer|Buffer|DataView)$/.test(name)
      )
        return kinds.add('typed').add(name);
      if (/Iterable$|Iterator$|Generator$/.test(name)) return kinds.add('iterable');
      if (one.getProperty('then')) return kinds.add('promise');
      if (one.isIntersection() && one.getProperty('charCodeAt')) return kinds.add('string');
      kinds.add('object');
      if (depth >= DEEPEST || !one.getProperties().some(isOurs)) return kinds;
      if (one.getStringIndexType()) return kinds;
      properties ??= Object.create(null);
      for (const property of one.getProperties()) {
        const known = describe(checker.getTypeOfSymbol(property), isOptional(property), depth + 1);
        properties[property.name] = properties[property.name]
          ? either(properties[property.name], known)
          : known;
      }
      return kinds;
    };
    visit(type);
    return { kinds, properties };
  }

  /** The properties of two forms of an argument; what one of them lacks may be left out. */
  function joined(a, b) {
    const all = Object.assign(Object.create(null), a, b);
    if (!a || !b) return all;
    for (const name of Object.keys(all)) {
      const kinds = [a[name], b[name]].map((one) => one?.kinds ?? ['undefined']);
      all[name] = { ...all[name], kinds: new Set(kinds.flatMap((each) => [...each])) };
    }
    return all;
  }

  function either(a, b) {
    return {
      ...a,
      kinds: new Set([...a.kinds, ...b.kinds]),
      properties: a.properties || b.properties ? joined(a.properties, b.properties) : undefined,
    };
  }
}
