export interface FetchInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds; 10,000 when absent. */
  readonly timeoutMs?: number;
  /** Certificates that are trusted instead of the system's, PEM. */
  readonly ca?: string;
  /** A client certificate and its key, PEM. */
  readonly cert?: string;
  readonly key?: string;
  /** The name that the server's certificate must have, where it is not the URL's. */
  readonly servername?: string;
}

export interface FetchResponse {
  readonly status: number;
  header(name: string): string | undefined;
  /** The body as text, at most 1 MiB. */
  text(): Promise<string>;
}
