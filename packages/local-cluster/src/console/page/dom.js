/**
 * Creates an element. Strings become text nodes, so that statements and values never turn into markup.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Readonly<Record<string, string | boolean | undefined>>} [attributes] `true` sets an empty attribute, `false` and `undefined` none
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    made.setAttribute(key, value === true ? '' : value)
  }
  made.append(...children)
  return made
}

/**
 * The element of the page with this id.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id)
  if (!found) throw new Error(`the page has no element ${id}`)
  return found
}

/**
 * The element with this id, which is of this class.
 *
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function partOf(id, kind) {
  const found = byId(id)
  if (!(found instanceof kind)) throw new Error(`element ${id} is not a ${kind.name}`)
  return found
}

/**
 * Sets text only when it differs, since screen readers announce every change.
 *
 * @param {HTMLElement} target
 * @param {string} text
 */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text
}

/**
 * A button that does nothing while it is marked as disabled, but keeps the focus.
 *
 * @param {string} label
 * @param {() => void} act
 * @param {Readonly<Record<string, string | boolean | undefined>>} [attributes]
 */
export function button(label, act, attributes = {}) {
  const made = element('button', { type: 'button', ...attributes }, label)
  made.addEventListener('click', () => {
    if (made.getAttribute('aria-disabled') !== 'true') act()
  })
  return made
}

/**
 * @param {HTMLElement} target
 * @param {boolean} isEnabled
 */
export function enable(target, isEnabled) {
  if (isEnabled) target.removeAttribute('aria-disabled')
  else target.setAttribute('aria-disabled', 'true')
}

const SHAPES = { blue: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z', green: 'M2.5 2.5h11v11h-11z' }

/**
 * The shape of a strategy, for readers who cannot tell the colors apart: a disc for blue, a square for green.
 *
 * @param {'blue' | 'green'} strategy
 */
export function shape(strategy) {
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  const path = document.createElementNS(space, 'path')
  svg.setAttribute('viewBox', '0 0 16 16')
  svg.setAttribute('class', `shape ${strategy}`)
  svg.setAttribute('aria-hidden', 'true')
  path.setAttribute('d', SHAPES[strategy])
  svg.append(path)
  return svg
}

/**
 * A strategy, as its shape and its name.
 *
 * @param {'blue' | 'green' | undefined} strategy
 */
export function strategyMark(strategy) {
  if (!strategy) return element('span', { class: 'mark' }, '—')
  return element('span', { class: `mark ${strategy}` }, shape(strategy), strategy)
}
