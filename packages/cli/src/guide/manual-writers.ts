import type { Style } from '../style.ts'
import { definitions, wrap } from '../text-layout.ts'
import type { ManualPart } from './manual.ts'

type Writers<Written> = {
  readonly [Kind in ManualPart['kind']]: (part: Extract<ManualPart, { kind: Kind }>) => Written
}

function write<Written>(writers: Writers<Written>, part: ManualPart): Written {
  return (writers[part.kind] as (part: ManualPart) => Written)(part)
}

const MARGIN = 4

/** Maximum line length, also on wider terminals. */
const WIDEST = 100

/** The manual as text, as `man` would show it. */
export function manualText(parts: readonly ManualPart[], width: number, { strong, key, dim }: Style): string {
  const columns = Math.min(width, WIDEST)
  const indent = ' '.repeat(MARGIN)
  const writers: Writers<string[]> = {
    heading: ({ level, text }) => [strong(level === 1 ? text.toUpperCase() : `  ${text}`)],
    paragraph: ({ text }) => [...wrap(text, columns, indent), ''],
    usage: ({ text }) => [`${indent}${key(text)}`, ''],
    definitions: ({ rows }) => [...definitions(rows, columns, { indent: MARGIN, paint: key }), ''],
    examples: ({ rows }) => [
      ...rows.flatMap(([does, command]) => [`${indent}${dim(`# ${does}`)}`, `${indent}${command}`]),
      '',
    ],
  }
  return `${parts
    .flatMap((part) => write(writers, part))
    .join('\n')
    .trimEnd()}\n`
}

/** The manual for `man`, in the man macros of roff. */
export function manualRoff(parts: readonly ManualPart[], version: string): string {
  const writers: Writers<string[]> = {
    heading: ({ level, text }) => [level === 1 ? `.SH ${roff(text.toUpperCase())}` : `.SS ${roff(text)}`],
    paragraph: ({ text }) => ['.PP', roff(text)],
    usage: ({ text }) => ['.PP', `.B ${roff(text)}`],
    definitions: ({ rows }) => rows.flatMap(([term, about]) => ['.TP', `.B ${roff(term)}`, roff(about)]),
    examples: ({ rows }) => [
      '.PP',
      '.nf',
      ...rows.flatMap(([does, command]) => [roff(`# ${does}`), roff(command)]),
      '.fi',
    ],
  }
  return `${[`.TH E6DATA 1 "" "e6data ${version}"`, ...parts.flatMap((part) => write(writers, part))].join('\n')}\n`
}

/** The manual in Markdown. */
export function manualMarkdown(parts: readonly ManualPart[]): string {
  const writers: Writers<string[]> = {
    heading: ({ level, text }) => [`${'#'.repeat(level + 1)} ${text}`, ''],
    paragraph: ({ text }) => [text.replaceAll('|', '\\|').replaceAll('<', '&lt;'), ''],
    usage: ({ text }) => ['```sh', text, '```', ''],
    definitions: ({ rows }) => [
      '| | |',
      '|---|---|',
      ...rows.map(
        ([term, about]) =>
          `| \`${term.replaceAll('|', '\\|')}\` | ${about.replaceAll('|', '\\|').replaceAll('<', '&lt;')} |`,
      ),
      '',
    ],
    examples: ({ rows }) => ['```sh', ...rows.flatMap(([does, command]) => [`# ${does}`, command]), '```', ''],
  }
  return `# The e6data command\n\n${parts
    .flatMap((part) => write(writers, part))
    .join('\n')
    .trimEnd()}\n`
}

/** Escapes dots and apostrophes at the start of a line, and backslashes, which roff interprets. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1')
}
