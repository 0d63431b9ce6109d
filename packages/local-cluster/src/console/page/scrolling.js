/** Makes scrollable areas reachable by keyboard, and only those. */
export function watchOverflow() {
  for (const box of document.querySelectorAll('.scroll')) {
    const look = () => {
      const overflows = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1
      if (overflows) box.setAttribute('tabindex', '0')
      else if (document.activeElement !== box) box.removeAttribute('tabindex')
    }
    const sizes = new ResizeObserver(look)
    sizes.observe(box)
    for (const child of box.children) sizes.observe(child)
  }
}
