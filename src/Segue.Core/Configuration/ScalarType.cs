namespace Segue.Core.Configuration;

/// <returns>What is wrong with the text, as the end of a sentence that begins with the key; null where it is right.</returns>
internal delegate string? ScalarParser<T>(string text, out T value);

/// <summary>One kind of single value.</summary>
/// <param name="Name">What is allowed, for people and the documentation.</param>
internal sealed record ScalarType<T>(string Name, ScalarParser<T> Parse, Func<T, string> Show)
{
    /// <summary>Takes quotes off the question of type: where true, <c>"1"</c> and <c>1</c> differ.</summary>
    public bool Plain { get; init; }

    /// <summary>Never shown, neither in errors nor as a setting.</summary>
    public bool Secret { get; init; }
}
