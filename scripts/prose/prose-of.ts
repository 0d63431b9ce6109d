import ts from 'typescript'

/** The prose of a file at its own offsets: the rest is blanked, so that a place in it is a place in the file. */
export function proseOf(path: string, source: string): string {
  return path.endsWith('.md') ? proseOfMarkdown(source) : proseOfTypeScript(source)
}

/** Fenced blocks, code spans, HTML comments and link targets. */
const NOT_PROSE = /^( *)(```+|~~~+)[^\n]*\n[\s\S]*?^\1\2|(`+)(?!`)[^`][\s\S]*?\3|<!--[\s\S]*?-->|(?<=\])\([^)\s]*\)/gm

function proseOfMarkdown(source: string): string {
  return source.replaceAll(NOT_PROSE, blank)
}

const COMMENT_MARKS = /^[ \t]*(?:\/\*+|\*+(?!\/)|\/\/+)|\*\/$/gm
const CODE_SPAN = /`[^`\n]*`/g

/** Comments, and strings of more than one word. */
function proseOfTypeScript(source: string): string {
  const tree = ts.createSourceFile('', source, ts.ScriptTarget.ESNext, false)
  const literals = literalsOf(tree)
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, false, ts.LanguageVariant.Standard, source)
  let prose = ''
  const keep = (start: number, text: string) => {
    prose += blank(source.slice(prose.length, start)) + text
  }
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    const start = scanner.getTokenStart()
    if (kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia)
      keep(start, scanner.getTokenText().replaceAll(COMMENT_MARKS, blank).replaceAll(CODE_SPAN, blank))
    const literal = literals.get(start)
    if (literal === undefined) continue
    // The scanner alone can't tell a regular expression from a division, nor a template's end from a block's.
    scanner.resetTokenState(literal.end)
    const text = source.slice(start, literal.end)
    if (!ts.isRegularExpressionLiteral(literal) && /\S\s+\S/.test(text)) keep(start, text)
  }
  return prose + blank(source.slice(prose.length))
}

/** Strings, parts of templates and regular expressions, by where they start. */
function literalsOf(tree: ts.SourceFile): Map<number, ts.Node> {
  const literals = new Map<number, ts.Node>()
  const visit = (node: ts.Node) => {
    if (ts.isLiteralExpression(node) || ts.isTemplateMiddleOrTemplateTail(node) || ts.isTemplateHead(node))
      literals.set(node.getStart(tree), node)
    node.forEachChild(visit)
  }
  visit(tree)
  return literals
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ')
}
