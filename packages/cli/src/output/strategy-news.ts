import type { StrategyEvents } from 'e6data-connector'
import { printable } from '../printable.ts'
import type { Style } from '../style.ts'

type News = {
  readonly [Name in keyof StrategyEvents]?: (facts: StrategyEvents[Name][0], style: Style) => string
}

/** What is worth telling a person who watches, in words. */
const NEWS: News = {
  'strategy:transition': ({ from, to, epoch }, { strategy, glyphs }) =>
    from === undefined || from === to
      ? `${strategy(to)} is in use, epoch ${epoch}`
      : `${strategy(from)} ${glyphs.arrow} ${strategy(to)}, epoch ${epoch}`,
  'strategy:announced': ({ strategy: next }, { strategy }) => `${strategy(next)} is announced`,
  'strategy:ready': ({ strategy: next }, { strategy }) => `${strategy(next)} is ready`,
  'strategy:withdrawn': ({ strategy: next }, { strategy }) => `${strategy(next)} is withdrawn`,
  'strategy:cleared': ({ from }, { strategy }) => `${strategy(from)} is forgotten`,
  'strategy:mismatch': ({ strategy: by }, { strategy }) => `${strategy(by)} turned a call away`,
  'strategy:held': ({ calls }) => `${calls} calls are held until a deployment accepts`,
  'strategy:released': ({ strategy: by, calls }, { strategy }) => `${strategy(by)} accepts, ${calls} held calls go on`,
  'strategy:swept': ({ queryId, strategy: by }, { strategy }) =>
    `a query of ${strategy(by)} is forgotten: ${printable(queryId)}`,
  'strategy:store-unavailable': ({ reason }, { warn }) => warn(`not shared with other programs: ${printable(reason)}`),
}

/** Events come to whoever has `on` and `off`: a manager's own, or a connection. */
interface Source {
  on<Name extends keyof StrategyEvents>(name: Name, listener: (...facts: StrategyEvents[Name]) => void): unknown
  off<Name extends keyof StrategyEvents>(name: Name, listener: (...facts: StrategyEvents[Name]) => void): unknown
}

/** Tells each piece of news in words. Returns how to stop. */
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
