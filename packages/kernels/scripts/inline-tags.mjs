/**
 * AssemblyScript marks functions to be inlined with a decorator, `@inline function f`, which is not valid
 * TypeScript, so formatters, linters and tsc reject it. The sources use the doc tag `@inline` instead. After
 * parsing, this transform of the compiler adds the decorator to each function with that tag.
 *
 *     await asc.main(arguments, { transforms: [inlineTags] });
 */
import { Node, NodeKind } from 'assemblyscript';

const TAG = /\s@inline\b/;
const DOC_COMMENTS = /\/\*\*[\s\S]*?\*\//g;

/** The doc comment that ends directly before `position`, apart from white space; empty if there is none. */
function docCommentBefore(text, position) {
  const before = text.slice(0, position).trimEnd();
  return before.endsWith('*/') ? before.slice(before.lastIndexOf('/*')) : '';
}

export const inlineTags = {
  afterParse(parser) {
    // The standard library has its own decorators.
    for (const source of parser.sources.filter(({ isLibrary }) => !isLibrary)) {
      const tagged = source.statements.filter(
        ({ kind, range }) =>
          kind === NodeKind.FunctionDeclaration && TAG.test(docCommentBefore(source.text, range.start)),
      );
      for (const declaration of tagged) {
        const { range } = declaration.name;
        const decorator = Node.createDecorator(Node.createIdentifierExpression('inline', range), null, range);
        declaration.decorators = [...(declaration.decorators ?? []), decorator];
      }
      // A tag above anything but a function would have no effect, so it is an error.
      const tags = (source.text.match(DOC_COMMENTS) ?? []).filter((comment) => TAG.test(comment)).length;
      if (tags !== tagged.length)
        throw new Error(
          `${source.normalizedPath}: ${tags} @inline tags, ${tagged.length} of them above a function`,
        );
    }
  },
};
