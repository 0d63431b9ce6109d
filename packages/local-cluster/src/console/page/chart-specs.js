import { durationText, rateText, wholeText } from './numbers.js'

/** @typedef {import('../feed.ts').Sample} Sample */

/**
 * @typedef {object} SeriesSpec
 * @property {string} label
 * @property {string} ink the name of a color in the style sheet
 * @property {'blue' | 'green'} [shape] shown next to the label
 * @property {readonly number[]} [dash] tells lines apart without their color
 * @property {(sample: Sample) => number | null} read
 */

/**
 * @typedef {object} ChartSpec
 * @property {string} title
 * @property {string} [about]
 * @property {string} [unit] shown after values that have none
 * @property {'line' | 'bars'} kind
 * @property {'tall' | 'low'} size
 * @property {boolean} [logarithmic]
 * @property {boolean} [named] whether moments are labeled, not only marked
 * @property {(value: number) => string} text
 * @property {readonly SeriesSpec[]} series
 */

/** @type {readonly ChartSpec[]} */
export const CHARTS = [
  {
    title: 'Queries per second',
    about: 'over 5 s',
    unit: '/s',
    kind: 'line',
    size: 'tall',
    named: true,
    text: rateText,
    series: [
      { label: 'blue', ink: 'blue', shape: 'blue', read: ({ blue }) => blue.perSecond },
      {
        label: 'green',
        ink: 'green',
        shape: 'green',
        dash: [7, 4],
        read: ({ green }) => green.perSecond,
      },
    ],
  },
  {
    title: 'Time to the first row',
    about: 'over 5 s, logarithmic',
    kind: 'line',
    size: 'tall',
    logarithmic: true,
    text: durationText,
    series: [
      { label: 'p50', ink: 'ink', read: ({ p50 }) => p50 ?? null },
      { label: 'p99', ink: 'amber', dash: [3, 3], read: ({ p99 }) => p99 ?? null },
    ],
  },
  low('Logins', 'violet', ({ authenticate }) => authenticate),
  low('Refused (456)', 'ink-soft', ({ refused }) => refused),
  low('Held', 'amber', ({ held }) => held),
  low('Failed', 'red', ({ failed }) => failed),
]

/** @param {string} title @param {string} ink @param {SeriesSpec['read']} read @returns {ChartSpec} */
function low(title, ink, read) {
  return { title, kind: 'bars', size: 'low', text: wholeText, series: [{ label: 'per interval', ink, read }] }
}
