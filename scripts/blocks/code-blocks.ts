/** A block of TypeScript or JavaScript on a page. */
export interface CodeBlock {
  readonly page: string
  /** The line of its first line of code, from 1. */
  readonly line: number
  readonly language: 'ts' | 'js'
  /** Whether it uses names of `given.ts` that it does not declare. */
  readonly isFragment: boolean
  readonly code: string
}

const BLOCK = /^( *)```(ts|js)( fragment)?\n([\s\S]*?)^\1```$/gm

export function codeBlocksOf(page: string, markdown: string): CodeBlock[] {
  return [...markdown.matchAll(BLOCK)].map(({ index, 2: language, 3: fragment, 4: code }) => ({
    page,
    line: markdown.slice(0, index).split('\n').length + 1,
    language: language as CodeBlock['language'],
    isFragment: fragment !== undefined,
    code: code!,
  }))
}

/**
 * The block as a module, with every line where it is on its page. The first line imports the given names that the block
 * does not declare.
 */
export function moduleOf({ line, isFragment, code }: CodeBlock, given: readonly string[], from: string): string {
  const declares = (name: string) => new RegExp(`\\b(?:const|let|using|function|class)\\s+${name}\\b`).test(code)
  const isImported = (name: string) => new RegExp(`^import [^'"]*\\b${name}\\b`, 'm').test(code)
  const names = isFragment ? given.filter((name) => !declares(name) && !isImported(name)) : []
  const preamble = names.length > 0 ? `import { ${names.join(', ')} } from '${from}'` : 'export {}'
  return `${preamble}${'\n'.repeat(line - 1)}${code}`
}
