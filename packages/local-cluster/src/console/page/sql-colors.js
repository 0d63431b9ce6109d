import { element } from './dom.js'

const KEYWORDS = new Set(
  `ALL ALTER ANALYZE AND ANY AS ASC BETWEEN BY CASE CAST CREATE CROSS DELETE DESC DESCRIBE DISTINCT DROP ELSE END EXCEPT EXISTS
  EXPLAIN EXTRACT FALSE FILTER FROM FULL GROUP HAVING ILIKE IN INNER INSERT INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT
  NATURAL NOT NULL OFFSET ON OR ORDER OUTER OVER PARTITION QUALIFY RIGHT ROWS SELECT SET SHOW TABLE THEN TRUE UNION UNNEST UPDATE
  USING VALUES WHEN WHERE WINDOW WITH`.split(/\s+/),
)

/** Matches comments, strings, quoted names, numbers and words, in this order. Unclosed tokens extend to the end. */
const TOKEN =
  /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^'\\]|\\.|'')*(?:'|$))|("(?:[^"]|"")*(?:"|$)|`[^`]*(?:`|$))|(\b\d[\w.]*)|([A-Za-z_]\w*)/g

const KINDS = ['comment', 'literal', 'name', 'count']

/** Returns a statement as highlighted text nodes. @param {string} sql @returns {(Node | string)[]} */
export function highlight(sql) {
  /** @type {(Node | string)[]} */
  const pieces = []
  let end = 0
  for (const match of sql.matchAll(TOKEN)) {
    if (match.index > end) pieces.push(sql.slice(end, match.index))
    const text = match[0]
    const kind = KINDS[match.slice(1).findIndex((group) => group !== undefined)]
    const name = kind ?? (KEYWORDS.has(text.toUpperCase()) ? 'keyword' : undefined)
    pieces.push(name === undefined ? text : element('span', { class: `sql-${name}` }, text))
    end = match.index + text.length
  }
  // Gives a last empty line its height.
  pieces.push(`${sql.slice(end)}\n`)
  return pieces
}
