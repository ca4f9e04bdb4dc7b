declare module 'saslprep' {
  /** RFC 4013; saslprep 1 ships no types of its own. Throws for a prohibited or unassigned character. */
  export default function saslprep(text: string): string;
}
