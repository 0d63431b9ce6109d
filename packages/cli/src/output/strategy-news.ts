import type { Strategy, StrategyChange, StrategyEvents } from 'e6data-connector'
import { printable } from '../printable.ts'
import type { Style } from '../style.ts'

/** Formats an event as a message. */
export function changeText(change: StrategyChange, style: Style): string {
  if (change.kind === 'transition') return transitionText(change, style)
  return `${style.strategy(change.strategy)} ${HAPPENED[change.kind]}`
}

const HAPPENED: Readonly<Record<Exclude<StrategyChange['kind'], 'transition'>, string>> = {
  announced: 'is announced',
  withdrawn: 'is withdrawn',
  cleared: 'is forgotten',
  mismatch: 'refused a call',
}

function transitionText(
  { from, to, epoch }: { from: Strategy | undefined; to: Strategy; epoch: number },
  { strategy, glyphs }: Style,
): string {
  if (from === undefined || from === to) return `${strategy(to)} is in use, epoch ${epoch}`
  return `${strategy(from)} ${glyphs.arrow} ${strategy(to)}, epoch ${epoch}`
}

type News = {
  readonly [Name in keyof StrategyEvents]?: (facts: StrategyEvents[Name][0], style: Style) => string
}

/** Messages of the events that are shown as they happen. */
const NEWS: News = {
  'strategy:transition': transitionText,
  'strategy:announced': ({ strategy: next }, { strategy }) => `${strategy(next)} ${HAPPENED.announced}`,
  'strategy:ready': ({ strategy: next }, { strategy }) => `${strategy(next)} is ready`,
  'strategy:withdrawn': ({ strategy: next }, { strategy }) => `${strategy(next)} ${HAPPENED.withdrawn}`,
  'strategy:cleared': ({ from }, { strategy }) => `${strategy(from)} ${HAPPENED.cleared}`,
  'strategy:mismatch': ({ strategy: by }, { strategy }) => `${strategy(by)} ${HAPPENED.mismatch}`,
  'strategy:held': ({ calls }) => `${calls} calls are held until a deployment accepts`,
  'strategy:released': ({ strategy: by, calls }, { strategy }) =>
    `${strategy(by)} accepts, ${calls} held calls continue`,
  'strategy:store-unavailable': ({ reason }, { warn }) => warn(`not shared with other programs: ${printable(reason)}`),
}

/** A source of events: a manager's events, or a connection. */
interface Source {
  on<Name extends keyof StrategyEvents>(name: Name, listener: (...facts: StrategyEvents[Name]) => void): unknown
  off<Name extends keyof StrategyEvents>(name: Name, listener: (...facts: StrategyEvents[Name]) => void): unknown
}

/** Reports each event as a message. Returns a function that stops it. */
export function tellNews(source: Source, style: Style, tell: (text: string) => void): () => void {
  const stops = (Object.keys(NEWS) as (keyof News)[]).map((name) => listen(source, name, style, tell))
  return () => {
    for (const stop of stops) stop()
  }
}

function listen<Name extends keyof StrategyEvents>(
  source: Source,
  name: Name,
  style: Style,
  tell: (text: string) => void,
): () => void {
  const words = NEWS[name] as ((facts: StrategyEvents[Name][0], style: Style) => string) | undefined
  const listener = (...[facts]: StrategyEvents[Name]) => tell(words?.(facts!, style) ?? name)
  source.on(name, listener)
  return () => source.off(name, listener)
}
