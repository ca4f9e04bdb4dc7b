/** A consumer's session. */
export interface Running {
  alive(): Promise<boolean>;
}
