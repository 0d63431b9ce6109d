import { byId } from './dom.js'

const KEY = 'e6data-console-theme'
const CHOICES = ['system', 'light', 'dark']

/** Listeners of theme changes, by the button or the system. */
const listeners = new Set()

/** @param {() => void} listener */
export function onThemeChange(listener) {
  listeners.add(listener)
}

/** The current value of a color of the style sheet. @param {string} name */
export function colorOf(name) {
  probe.style.color = `var(--${name})`
  return getComputedStyle(probe).color
}

const probe = document.createElement('i')
probe.className = 'unseen'

export function startTheme() {
  byId('link').after(probe)
  const button = byId('theme')
  const show = () => {
    const choice = chosen()
    if (choice === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = choice
    button.textContent = `Theme: ${choice}`
    for (const listener of listeners) listener()
  }
  button.addEventListener('click', () => {
    const next = CHOICES[(CHOICES.indexOf(chosen()) + 1) % CHOICES.length]
    localStorage.setItem(KEY, next ?? 'system')
    show()
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show)
  show()
}

function chosen() {
  const stored = localStorage.getItem(KEY)
  return stored !== null && CHOICES.includes(stored) ? stored : 'system'
}
