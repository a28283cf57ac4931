/** A pump that only counts how often it may go on. */
export class FakePump {
  goes = 0;
  goOn(): void {
    this.goes += 1;
  }
}
