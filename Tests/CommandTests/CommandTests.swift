import Testing

/// relief-dist as its users run it; one after the other, because each test starts a job.
@Suite(.serialized) enum CommandTests {}
