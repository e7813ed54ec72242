/** Content that is made when its place comes into sight, such as a chart in a long table. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** Calls `children` once the place is in sight. */
export function WhenSeen(props: { children: () => ComponentChildren }): JSX.Element {
  const place = useRef<HTMLSpanElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (!element || seen) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [seen]);
  return (
    <span class="when-seen" ref={place}>
      {seen ? props.children() : null}
    </span>
  );
}
