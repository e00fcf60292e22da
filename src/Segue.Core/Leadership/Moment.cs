using Segue.Core.Model;

namespace Segue.Core.Leadership;

/// <summary>Now, on both clocks: the monotonic one decides, the wall clock is for people and for query ids.</summary>
public readonly record struct Moment(Instant Instant, DateTimeOffset Wall);
