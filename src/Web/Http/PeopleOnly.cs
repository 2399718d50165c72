using FaceId.Application.Common.Security;

namespace FaceId.Web.Http;

/// <summary>Keeps API keys, which belong to no person, from the addresses about oneself.</summary>
internal sealed class PeopleOnly(HttpCaller caller) : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        caller.Session is null ? ValueTask.FromResult<object?>(Problems.From(SecurityErrors.OwnAccountOnly)) : next(context);
}
