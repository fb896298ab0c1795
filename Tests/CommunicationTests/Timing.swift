import TestSupport
import Testing

extension Tag {
  /// Of tests that depend on time: what they wait for comes late where the machine has other work.
  @Tag static var timing: Self
}

extension Trait where Self == ConditionTrait {
  /// Left out by `launch/test --without-timing`.
  static var unlessTimingIsLeftOut: Self {
    .disabled(if: Shell.leavesOutTiming, "RELIEF_WITHOUT_TIMING=1 leaves out what depends on time")
  }
}
