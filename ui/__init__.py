"""The page, in Streamlit. Draws what the conversation says and hands each act to the agent."""
