namespace Segue;

/// <summary>Exit codes of <c>segue status</c> and <c>segue queries</c>, for scripts; 1 is what a wrong command line gets.</summary>
internal static class StatusExit
{
    public const int Ready = 0;

    /// <summary>The admin port could not be reached, or what answers is not Segue.</summary>
    public const int NoAnswer = 2;

    /// <summary>It answers, and says that no clients may be sent to it.</summary>
    public const int NotReady = 3;

    /// <summary>It answers, and does not know the query, or the query has ended, or it is not cancelled from there.</summary>
    public const int Refused = 4;
}
