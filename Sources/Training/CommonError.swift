import Storage

/// An error that every rank meets at the same call: all end together, and one says so.
public protocol CommonError: UserFacingError {}
