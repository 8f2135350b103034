/** The path in the address bar is the screen; nothing else decides it. */

class Router {
  path = $state(location.pathname);

  constructor() {
    window.addEventListener("popstate", () => {
      this.path = location.pathname;
    });
  }

  go(path: string): void {
    if (path !== location.pathname) history.pushState(null, "", path);
    this.path = path;
    document.querySelector("main")?.scrollTo(0, 0);
  }
}

export const router = new Router();

/** For links: go there without loading the page anew, unless a key asks for a new tab. */
export function follow(event: MouseEvent): void {
  const link = event.currentTarget as HTMLAnchorElement;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  router.go(new URL(link.href).pathname);
}
