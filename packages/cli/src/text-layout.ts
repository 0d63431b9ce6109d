import stringWidth from 'string-width'

/** The width of a string on a terminal, in columns. ASCII needs no lookup. */
export function textWidth(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text)
}

/** Fills up with spaces. */
export function pad(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const gap = ' '.repeat(Math.max(width - textWidth(text), 0))
  return side === 'right' ? text + gap : gap + text
}

const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The text, cut to a width, with `mark` at the cut. What people see as one character is never cut in two. */
export function fit(text: string, width: number, mark: string): string {
  if (text.length <= width && /^[\x20-\x7e]*$/.test(text)) return text
  // No character is wider than two columns for each of its UTF-16 units: what is beyond can not matter.
  const start = text.slice(0, width * 32 + 32)
  if (start.length === text.length && textWidth(text) <= width) return text
  const room = Math.max(width - textWidth(mark), 0)
  let fitted = ''
  let used = 0
  for (const { segment } of GRAPHEMES.segment(start)) {
    const columns = textWidth(segment)
    if (used + columns > room) break
    fitted += segment
    used += columns
  }
  return fitted + mark.slice(0, width)
}

/** Breaks a paragraph at spaces. A word that is too long gets its own line. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && textWidth(longer) > width - textWidth(indent)) {
      lines.push(indent + line)
      line = word
    } else line = longer
  }
  lines.push(indent + line)
  return lines
}

/** Two columns: terms and their wrapped descriptions, which are below a long term. */
export function definitions(
  rows: readonly (readonly [term: string, about: string])[],
  width: number,
  { indent = 2, gap = 2, widest = 30, paint = (text: string) => text } = {},
): string[] {
  const margin = ' '.repeat(indent)
  const fitting = rows.map(([term]) => textWidth(term)).filter((columns) => columns <= widest)
  const termWidth = Math.max(0, ...fitting)
  const hang = ' '.repeat(indent + termWidth + gap)
  return rows.flatMap(([term, about]) => {
    const [first = '', ...rest] = wrap(about, width, hang)
    if (textWidth(term) > termWidth) return [`${margin}${paint(term)}`, first, ...rest]
    const head = `${margin}${paint(term)}${' '.repeat(termWidth - textWidth(term) + gap)}`
    return [head + first.slice(hang.length), ...rest]
  })
}
