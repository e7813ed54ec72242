// Returns what cannot be read: lines of text that stand over other text, and text beyond the right edge of the page
// that no container scrolls to. Overlays, such as a drawer, are compared with themselves only.
() => {
  const OVERLAYS = ".drawer, .top, dialog, .toasts, thead, .rail";
  const MIN_OVERLAP = { width: 3, height: 6 };
  const found = new Set();
  const lines = [];

  function clip(element) {
    const box = { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity, scrolls: false };
    for (let each = element; each && each !== document.body; each = each.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(each);
      if (overflowX === "visible" && overflowY === "visible") continue;
      const own = each.getBoundingClientRect();
      box.left = Math.max(box.left, own.left);
      box.right = Math.min(box.right, own.right);
      box.top = Math.max(box.top, own.top);
      box.bottom = Math.min(box.bottom, own.bottom);
      box.scrolls = true;
    }
    return box;
  }

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const parent = node.parentElement;
    const text = node.data.trim().slice(0, 40);
    if (!text || parent.closest(".unseen, .skip, option, datalist, title")) continue;
    if (!parent.checkVisibility({ visibilityProperty: true })) continue;
    const box = clip(parent);
    range.selectNodeContents(node);
    for (const line of range.getClientRects()) {
      if (!box.scrolls && line.right > innerWidth + 1) found.add(`“${text}” beyond the right edge`);
      const seen = {
        left: Math.max(line.left, box.left),
        right: Math.min(line.right, box.right),
        top: Math.max(line.top, box.top),
        bottom: Math.min(line.bottom, box.bottom),
      };
      if (seen.left >= seen.right || seen.top >= seen.bottom) continue;
      lines.push({ ...seen, node, text, over: parent.closest(OVERLAYS) });
    }
  }

  lines.sort((one, other) => one.top - other.top);
  lines.forEach((upper, index) => {
    for (const lower of lines.slice(index + 1)) {
      if (lower.top >= upper.bottom) break;
      if (upper.node === lower.node || upper.over !== lower.over) continue;
      const width = Math.min(upper.right, lower.right) - Math.max(upper.left, lower.left);
      const height = Math.min(upper.bottom, lower.bottom) - lower.top;
      if (width > MIN_OVERLAP.width && height > MIN_OVERLAP.height) {
        found.add(`“${upper.text}” over “${lower.text}”`);
      }
    }
  });
  return [...found];
}
