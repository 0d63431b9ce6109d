const KEY = 'e6data-console-statements'
const MOST = 50

/** Statements that were run in this tab, the latest last. They stay in the tab's own storage. */
export class StatementHistory {
  /** @type {string[]} */
  #statements = read()
  #at = this.#statements.length
  #draft = ''

  /** @param {string} sql */
  add(sql) {
    this.#statements = [...this.#statements.filter((it) => it !== sql), sql].slice(-MOST)
    this.#at = this.#statements.length
    sessionStorage.setItem(KEY, JSON.stringify(this.#statements))
  }

  /** @param {string} now what is typed, which comes back after the newest */
  older(now) {
    if (this.#at === 0) return undefined
    if (this.#at === this.#statements.length) this.#draft = now
    this.#at -= 1
    const isSame = this.#statements[this.#at] === now && this.#at > 0
    if (isSame) this.#at -= 1
    return this.#statements[this.#at]
  }

  newer() {
    if (this.#at >= this.#statements.length) return undefined
    this.#at += 1
    return this.#statements[this.#at] ?? this.#draft
  }
}

/** @returns {string[]} */
function read() {
  const stored = sessionStorage.getItem(KEY)
  return stored === null ? [] : JSON.parse(stored)
}
