import type { NameScope, Strategy } from 'e6data-connector'
import { printable } from '../printable.ts'
import type { Style } from '../style.ts'
import { pad, textWidth } from '../text-layout.ts'
import type { OpenPart } from './input-buffer.ts'

export interface PromptFacts {
  /** The active strategy. */
  readonly strategy: Strategy | undefined
  readonly scope: NameScope
  readonly open: OpenPart
}

/** The construct that the next line continues. */
const ENDINGS: Readonly<Record<OpenPart, string>> = {
  nothing: '> ',
  statement: '- ',
  literal: "' ",
  identifier: '" ',
  comment: '* ',
}

/** The strategy (by color, shape and name), the catalog and schema, and the open construct. */
export function promptText({ strategy, scope, open }: PromptFacts, style: Style): string {
  const place = [scope.catalog, scope.database]
    .filter((name) => name !== undefined)
    .map(printable)
    .join('.')
  const full = `${style.strategy(strategy)} ${style.strong(place === '' ? 'e6data' : place)}`
  return (open === 'nothing' ? full : pad('', textWidth(full))) + ENDINGS[open]
}
