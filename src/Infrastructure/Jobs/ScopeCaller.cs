using FaceId.Application.Common.Security;

namespace FaceId.Infrastructure.Jobs;

/// <summary>Who acts in a scope that belongs to no request from outside. What serves requests asks this first.</summary>
public sealed class ScopeCaller
{
    /// <summary>Null where whoever sent the request is the caller.</summary>
    public ICaller? Caller { get; internal set; }
}
