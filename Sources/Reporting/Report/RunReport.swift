import Recipes
import Runs

/// `report.html`: what a run did, on one page that needs nothing else. It is made of the run's
/// records, its recipe and its description.
package struct RunReport {
  let history: RunHistory
  let recipe: Recipe
  let description: RunDescription

  /// That of a run.
  package init(_ history: RunHistory, _ recipe: Recipe, _ description: RunDescription) {
    (self.history, self.recipe, self.description) = (history, recipe, description)
  }

  /// The page.
  package var text: String {
    let name = recipe.name
    let sections: [(heading: String, content: [Markup])] = [
      ("Accuracy against connections", accuracy), ("Training", training),
      ("What survives", survival), ("The network that remains", architecture),
      ("Why connections went", reasons), ("Inputs", inputs), ("Cost", cost),
      ("Where the time went", times), ("The run", provenance),
    ]
    let body = sections.filter { !$0.content.isEmpty }.map { section in
      Markup.element(
        "section", [:], [.element("h2", [:], [Markup(section.heading)])] + section.content)
    }
    return Markup.page(
      title: "\(name) – relief-dist", head: [ReportStyle.sheet],
      body: [
        .element(
          "header", [:],
          [
            .element("h1", [:], [Markup(name)]),
            .element("p", ["class": "summary"], [Markup(summary)]),
          ]),
        .element("main", [:], body),
      ]
    ).text
  }

  /// The run in a few sentences.
  var summary: String {
    let what = "\(recipe.network.name) on \(description.data)"
    guard let last = history.results.last else {
      let epochs = history.epochs.count
      return "\(what): its first training is under way, \(epochs) epochs are done."
    }
    guard let end = history.end else {
      let (done, all) = (last.iteration, recipe.pruning.iterations)
      return """
        \(what), under way or cut short: \(done) of \(all) pruning iterations are done. The last \
        network keeps \(Format.grouped(last.kept)) of \(Format.grouped(last.total)) \
        connections\(last.validationAccuracy.map { ", validation accuracy \(Self.percent($0))" } ?? "").
        """
    }
    let compression = Double(end.total) / Double(max(end.kept, 1))
    return """
      \(what): iteration \(end.iteration) keeps \(Format.grouped(end.kept)) of \
      \(Format.grouped(end.total)) connections, one in \(Format.decimal(compression, 1)), with a test \
      accuracy of \(Self.percent(end.testAccuracy)). \(Format.duration(end.seconds)) in \
      all\(end.stopped.map { "; \($0)" } ?? "").
      """
  }

  static func percent(_ share: Double) -> String { Format.decimal(100 * share, 2) + " %" }
}
