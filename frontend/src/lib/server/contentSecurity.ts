/** The Content-Security-Policy: nothing is loaded from, or sent to, any other host. */
import "server-only";

/** Sonner writes its style sheet into the page and knows no nonce; a test holds this hash to the installed version. */
export const SONNER_STYLE_HASH = "sha256-StEaX+se6YS7pqjzrzMIA0KaX9zF/8zAhvQXZAe5epY=";

// It appends the element before its text: that moment is a style sheet with nothing in it.
const EMPTY_STYLE_HASH = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

export function contentSecurityPolicy(nonce: string, isDevServer: boolean): string {
  const directives: Record<string, string> = {
    "default-src": "'none'",
    // React's development build needs eval for its messages; production does not.
    "script-src": `'nonce-${nonce}' 'strict-dynamic'${isDevServer ? " 'unsafe-eval'" : ""}`,
    "style-src": isDevServer
      ? "'self' 'unsafe-inline'"
      : `'self' 'nonce-${nonce}' '${SONNER_STYLE_HASH}' '${EMPTY_STYLE_HASH}'`,
    // Attributes cannot load anything: `img-src` and the others hold for what they name.
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join("; ");
}

export const SECURITY_HEADERS: Record<string, string> = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
};
