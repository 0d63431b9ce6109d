/** A word or phrase that plain English replaces. The names of things are in the glossary of docs/architecture.md. */
export interface WordRule {
  /** Alternatives, separated by `|`; a space matches a line break too. */
  readonly found: string
  readonly write: string
  readonly why: string
  /** Folders (or files) in which the rule does not hold yet. The list only gets shorter. */
  readonly notYetIn?: readonly string[]
}

const MUST = 'manuals give rules with "must"'
const ACTOR = 'the reader looks for who acts'
const TERM = 'one word for one thing'
const ODD = 'no manual of a driver says it this way'
const RIDDLE = 'the reader must guess what is meant'

export const WORDS: readonly WordRule[] = [
  {
    found: 'has to|have to|had to|having to',
    write: 'must, needs to',
    why: MUST,
  },
  {
    found: 'whoever|whosoever',
    write: 'callers that, the caller',
    why: 'callers are programs',
  },
  {
    found: 'whom',
    write: 'a sentence whose subject is the one who acts',
    why: ACTOR,
  },
  {
    found: 'nobody',
    write: 'no caller, no engine, no process',
    why: ACTOR,
    notYetIn: ['docs/configuration.md', 'examples/redis-strategy-store'],
  },
  {
    found: 'beside|besides',
    write: 'next to, with, in addition to',
    why: ODD,
    notYetIn: ['docs/configuration.md'],
  },
  {
    found: 'a text|texts',
    write: 'a string, strings',
    why: 'the word of JavaScript and SQL',
  },
  { found: 'heed|heeds|heeded|heeding', write: 'respect, follow, apply', why: ODD },
  {
    found: 'mend|mends|mended|mending',
    write: 'fix, recover',
    why: ODD,
  },
  {
    found: 'befell|befall|befalls|befallen',
    write: 'happened to',
    why: ODD,
  },
  {
    found: 'colour|colours|coloured',
    write: 'strategy, deployment; color for a screen',
    why: TERM,
  },
  {
    found: 'lets go|let go|letting go',
    write: 'release',
    why: TERM,
  },
  {
    found: 'told of|tells of|is told',
    write: 'receives, reports, is notified of',
    why: 'programs do not talk',
    notYetIn: ['examples/redis-strategy-store'],
  },
  {
    found: 'is lent|are lent|was lent|lent out|lends',
    write: 'hands out, checks out',
    why: TERM,
  },
  {
    found: 'of yours|of theirs|of its own accord',
    write: 'your, their, automatically',
    why: ODD,
  },
  {
    found: 'as ever|in normal life',
    write: 'as usual, or when',
    why: ODD,
  },
  {
    found: 'what stands|may stand|stands? (?:in|among|on)',
    write: 'is in, is part of, contains',
    why: ODD,
  },
  { found: 'the ones most', write: 'the most common', why: ODD },
  {
    found: 'another text|gives another',
    write: 'is not a number, is not valid',
    why: RIDDLE,
  },
  { found: 'towards? another', write: 'connecting to another', why: ODD },
  { found: 'of two ways to', write: 'if two … are given', why: RIDDLE },
  {
    found: 'the time of the call runs|(?:is|are) waited for',
    write: 'waiting for … counts toward',
    why: ACTOR,
  },
  {
    found: 'by which share|share of themselves',
    write: 'as a fraction',
    why: RIDDLE,
    notYetIn: ['docs/configuration.md'],
  },
  { found: 'how late|so long before', write: 'the delay between … and …', why: RIDDLE },
  {
    found: 'hang up|hangs up|hung up|hanging up',
    write: 'disconnect',
    why: TERM,
  },
  { found: 'waits? for everything', write: 'what is still pending', why: RIDDLE },
  {
    found: 'knows? nothing of',
    write: 'does not depend on, has no access to',
    why: 'programs do not know',
  },
  {
    found: 'thereby|whereby|thereof|therein|hence|whence|thence',
    write: 'so that, by, so',
    why: 'stiff',
  },
  {
    found: 'it is said|as is said',
    write: 'a sentence that names who says it',
    why: ACTOR,
  },
]
