import { Charts } from './charts.js'
import { Controls } from './controls.js'
import { byId, say } from './dom.js'
import { Editor } from './editor.js'
import { FailureTable } from './failure-table.js'
import { FaultPanel } from './fault-panel.js'
import { follow } from './feed.js'
import { Liveness } from './liveness.js'
import { MomentsList } from './moments-list.js'
import { ProgramTable } from './program-table.js'
import { QueryTable } from './query-table.js'
import { watchOverflow } from './scrolling.js'
import { SwitchView } from './switch-view.js'
import { startTheme } from './theme.js'
import { Tiles } from './tiles.js'

/** @typedef {import('../feed.ts').Feed} Feed */
/** @typedef {{ [Name in keyof Feed]?: (data: Feed[Name]) => void }} View */

startTheme()
watchOverflow()
foldOnPhones()

const liveness = new Liveness()

/** @type {readonly View[]} */
const views = [
  liveness,
  { hello: showWhatThereIs },
  new SwitchView(),
  new Tiles(),
  new Charts(),
  new MomentsList(),
  new FailureTable(),
  new QueryTable(),
  new ProgramTable(),
  new Controls(),
  new FaultPanel(),
  new Editor(),
]

void follow(
  {
    hello: (data) => showTo((view) => view.hello?.(data)),
    sample: (data) => showTo((view) => view.sample?.(data)),
    history: (data) => showTo((view) => view.history?.(data)),
    moment: (data) => showTo((view) => view.moment?.(data)),
    picture: (data) => showTo((view) => view.picture?.(data)),
  },
  liveness,
)

/** @param {(view: View) => void} show */
function showTo(show) {
  for (const view of views) show(view)
}

/**
 * On a narrow page the rarely used parts start folded, and a link to one of them opens it. Widening the page opens all,
 * since some can be folded on a narrow page only.
 */
function foldOnPhones() {
  const phone = matchMedia('(max-width: 560px)')
  const setOpen = (/** @type {boolean} */ isOpen) => {
    for (const fold of document.querySelectorAll('details.fold, details.meaning')) {
      if (fold instanceof HTMLDetailsElement) fold.open = isOpen
    }
  }
  setOpen(!phone.matches)
  phone.addEventListener('change', () => {
    if (!phone.matches) setOpen(true)
  })
  addEventListener('hashchange', () => {
    const fold = document.querySelector(`${location.hash} details.fold`)
    if (fold instanceof HTMLDetailsElement) fold.open = true
  })
}

/** Hides the parts that the source does not support: watched programs have no controls. @param {Feed['hello']} hello */
function showWhatThereIs({ title, watches, editor }) {
  say(byId('title'), title)
  document.title = `${title} · e6data console`
  /** @type {Readonly<Record<string, boolean>>} */
  const there = { driven: watches === 'local cluster', editor: editor !== undefined && editor !== null }
  for (const part of document.querySelectorAll('[data-only]')) {
    if (part instanceof HTMLElement) part.hidden = !there[part.dataset.only ?? '']
  }
}
