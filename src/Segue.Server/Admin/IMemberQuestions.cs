namespace Segue.Server.Admin;

/// <summary>Asks the other members of the deployment of their queries.</summary>
internal interface IMemberQuestions
{
    /// <summary>Ids of those whose sessions lived when they were last listed.</summary>
    IReadOnlyCollection<string> Live { get; }

    /// <param name="target">A path of <see cref="MemberAnswers"/>.</param>
    /// <returns>Null where it has not answered within the patience.</returns>
    Task<MemberAnswer?> AskAsync(string member, HttpMethod method, string target, TimeSpan patience);
}

internal sealed record MemberAnswer(int Status, byte[] Body);
