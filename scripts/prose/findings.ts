import { proseOf } from './prose-of.ts'
import { WORDS, type WordRule } from './words.ts'

export interface Finding {
  readonly path: string
  /** From 1, as editors count. */
  readonly line: number
  readonly words: string
  readonly rule: WordRule
}

const PATTERNS = WORDS.map((rule) => ({
  rule,
  pattern: new RegExp(`\\b(?:${rule.found.replaceAll(' ', '\\s+')})\\b`, 'gi'),
  /** For the source as it is, where the marks of a comment may part a phrase. */
  inSource: new RegExp(`\\b(?:${rule.found.replaceAll(' ', '[\\s*/]+')})\\b`, 'i'),
}))

/** The words that the chosen rules replace, in the prose of a file: Markdown, or comments and strings of TypeScript. */
export function findingsIn(path: string, source: string, isChosen: (rule: WordRule) => boolean): Finding[] {
  // Most files hold none of the words: reading the source as it is saves parsing it.
  const likely = PATTERNS.filter(({ rule, inSource }) => isChosen(rule) && inSource.test(source))
  if (likely.length === 0) return []
  const prose = proseOf(path, source)
  const findings = likely.flatMap(({ rule, pattern }) =>
    [...prose.matchAll(pattern)].map(({ index, 0: words }) => ({
      path,
      line: source.slice(0, index).split('\n').length,
      words: words.replaceAll(/\s+/g, ' '),
      rule,
    })),
  )
  return findings.sort((one, other) => one.line - other.line)
}

/** The folder for which a rule does not hold yet in this file, if there is one. */
export function pendingFolder({ notYetIn = [] }: WordRule, path: string): string | undefined {
  return notYetIn.find((folder) => path === folder || path.startsWith(`${folder}/`))
}
